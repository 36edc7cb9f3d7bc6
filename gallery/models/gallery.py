"""A person's galleries."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from gallery.models.pages import KeysetQuerySet


class GalleryQuerySet(KeysetQuerySet["Gallery"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what they own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def only_this(self, gallery: "Gallery") -> Self:
        """That one gallery, if it is among these."""
        return self.filter(pk=gallery.pk)

    def keys(self) -> list[int]:
        return list(self.values_list("pk", flat=True))


class Gallery(models.Model):
    """A person's set of photos."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="galleries"
    )
    name = models.CharField(max_length=100)
    # The owner's consent to train on the photos and the answers about them.
    allows_training = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GalleryQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        verbose_name_plural = "galleries"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("gallery:gallery", args=[self.uuid])
