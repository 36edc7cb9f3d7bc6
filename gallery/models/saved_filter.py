"""Filters that people saved under a name."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.urls import reverse

from gallery.fields import NameField
from gallery.models.gallery import Gallery, Visitor, seen_by
from gallery.models.pages import KeysetQuerySet

MATCHES = ("any", "every")
MAX_LENGTH = 2000  # of an expression


class SavedFilterQuerySet(KeysetQuerySet["SavedFilter"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: their own filters of galleries that they see."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(owner=user, **seen_by(user))

    def in_gallery(self, gallery: Gallery) -> Self:
        """Those of one gallery."""
        return self.filter(gallery=gallery)

    def with_gallery(self) -> Self:
        """Fetch each one's gallery along with it."""
        return self.select_related("gallery")


class SavedFilter(models.Model):
    """A filter that a person saved under a name."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="saved_filters")
    name = NameField()
    attrs = models.CharField(max_length=MAX_LENGTH, blank=True)  # the expression
    match = models.CharField(max_length=5, choices=[(match, match) for match in MATCHES])
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (UniqueConstraint("owner", "gallery", "name", name="filter_name_once"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("gallery:saved_filter", args=[self.uuid])
