"""A person's galleries."""

import uuid
from datetime import datetime
from typing import Any, Protocol, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import CheckConstraint, Q
from django.urls import reverse

from gallery.fields import NameField
from gallery.models.pages import KeysetQuerySet


class LinkHolder(Protocol):
    """Whoever opened a link to one gallery (`gallery.models.share_link`)."""

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def gallery_id(self) -> int: ...


Visitor = User | AnonymousUser  # who asks for rows

# What a person who asks with a token for one gallery carries: that gallery's key.
ONLY_GALLERY = "only_gallery"


def seen_by(user: User | LinkHolder, gallery: str = "gallery") -> dict[str, Any]:
    """The condition under which someone sees rows; `gallery` is the column that leads there.

    Everything that people read or write starts from it, by way of `visible_to`.
    """
    if not isinstance(user, User):
        return {gallery: user.gallery_id, f"{gallery}__deleted_at": None}
    only = getattr(user, ONLY_GALLERY, None)
    owned = {f"{gallery}__owner": user, f"{gallery}__deleted_at": None}
    return owned | ({gallery: only} if only else {})


class GalleryQuerySet(KeysetQuerySet["Gallery"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: the galleries they own."""
        if not user.is_authenticated:
            return self.none()
        return self._of(user).kept().asked_by(user)

    def in_trash_of(self, user: Visitor) -> Self:
        """What this person may have back: the galleries of theirs that they deleted."""
        if not user.is_authenticated:
            return self.none()
        return self._of(user).real().filter(batch__isnull=False)

    def _of(self, user: User) -> Self:
        only = getattr(user, ONLY_GALLERY, None)
        return self.filter(owner=user, **({"pk": only} if only else {}))

    def kept(self) -> Self:
        """Those that are not in the trash, and hold nothing that is."""
        return self.filter(deleted_at=None)

    def real(self) -> Self:
        """Those that people made, not those that hold what was deleted from another."""
        return self.filter(trash_of=None)

    def deleted_before(self, time: datetime) -> Self:
        """Those that were put into the trash earlier."""
        return self.real().filter(deleted_at__lt=time)

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
    # Since when it is in the trash (`gallery.library.trash`), and what is undone together; without
    # a batch it is about to go for good.
    deleted_at = models.DateTimeField(null=True, editable=False)
    batch = models.UUIDField(null=True, editable=False)
    # Of which gallery this one holds the deleted photos. It counts as deleted itself, so that
    # nobody sees what is in it.
    trash_of = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, editable=False, related_name="trash"
    )

    objects = GalleryQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            CheckConstraint(
                condition=Q(trash_of__isnull=True) | Q(deleted_at__isnull=False),
                name="gallery_of_deleted_photos_is_deleted",
            ),
        )
        verbose_name_plural = "galleries"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("gallery:gallery", args=[self.uuid])
