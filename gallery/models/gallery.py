"""A person's galleries."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.urls import reverse

from gallery.fields import NameField
from gallery.models.pages import KeysetQuerySet

Visitor = User | AnonymousUser  # who asks for rows

# What a person who asks with a token for one gallery carries: that gallery's key.
ONLY_GALLERY = "only_gallery"


def seen_by(user: User, gallery: str = "gallery") -> dict[str, Any]:
    """The condition under which a person sees rows; `gallery` is the column that leads there.

    Everything that people read or write starts from it, by way of `visible_to`.
    """
    only = getattr(user, ONLY_GALLERY, None)
    return {f"{gallery}__owner": user} | ({gallery: only} if only else {})


class GalleryQuerySet(KeysetQuerySet["Gallery"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: the galleries they own."""
        if not user.is_authenticated:
            return self.none()
        only = getattr(user, ONLY_GALLERY, None)
        return self.filter(owner=user, **({"pk": only} if only else {}))

    def only_this(self, gallery: "Gallery") -> Self:
        """That one gallery, if it is among these."""
        return self.filter(pk=gallery.pk)

    def primary_keys(self) -> list[int]:
        return list(self.values_list("pk", flat=True))


class Gallery(models.Model):
    """A person's set of photos."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="galleries"
    )
    name = NameField()
    # The owner's consent to training on its photos and people's answers.
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
