"""People's galleries, and who sees them."""

import uuid
from datetime import datetime
from typing import Any, Protocol, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import CheckConstraint, Q
from django.urls import reverse
from django.utils.translation import pgettext_lazy

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


class Role(models.TextChoices):
    """What a person may do in a gallery, from the least to the most."""

    VIEWER = "viewer", pgettext_lazy("role", "viewer")  # look, filter, export
    EDITOR = "editor", pgettext_lazy("role", "editor")  # also upload, answer, use the trash
    OWNER = "owner", pgettext_lazy("role", "owner")  # also rename, share, delete for good

    def includes(self, other: "Role") -> bool:
        """Whether this role allows everything that the other one allows."""
        roles = list(Role)
        return roles.index(self) >= roles.index(other)


def seen_by(
    user: User | LinkHolder, gallery: str = "gallery", role: Role = Role.VIEWER
) -> dict[str, Any]:
    """The condition under which someone sees rows, or has a role in the galleries of these rows.

    `gallery` is the column that leads to the gallery. Everything that people read or write starts
    from this condition, through `visible_to`.
    """
    if not isinstance(user, User):
        return {gallery: user.gallery_id, f"{gallery}__deleted_at": None}
    return {f"{gallery}__in": _keys(user, role)}


def _keys(user: User, role: Role) -> models.QuerySet[Any, Any]:
    """The keys of the galleries in which a person has at least this role, as a subquery.

    Every query evaluates it again, so a member who is removed sees nothing from then on. It is a
    union because each half has an index; a single OR of both would use none.
    """
    roles = [other for other in Role if other.includes(role)]
    only = getattr(user, ONLY_GALLERY, None)
    kept = Gallery.objects.kept().order_by()
    if only:
        kept = kept.filter(pk=only)
    shared = kept.filter(
        memberships__person=user,
        memberships__role__in=roles,
        memberships__accepted_at__isnull=False,
    )
    return kept.filter(owner=user).values("pk").union(shared.values("pk"))


class GalleryQuerySet(KeysetQuerySet["Gallery"]):
    def visible_to(self, user: Visitor, role: Role = Role.VIEWER) -> Self:
        """What this person may see: the galleries that they own or are a member of.

        With a role, only those in which they have at least that role.
        """
        if not user.is_authenticated:
            return self.none()
        return self.filter(**seen_by(user, "pk", role)).asked_by(user)

    def owned_by(self, user: Visitor) -> Self:
        """Those that are this person's own."""
        return self._of(user).kept() if user.is_authenticated else self.none()

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
    """A person's set of photos, which others may be members of."""

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

    # The asker's role, which `gallery.models.membership` fills in.
    role: str = ""

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

    @property
    def may_edit(self) -> bool:
        """Whether the asker may change its photos and answers."""
        return self.role in (Role.EDITOR, Role.OWNER)

    @property
    def is_own(self) -> bool:
        """Whether the asker is its owner."""
        return self.role == Role.OWNER

    @property
    def owner_name(self) -> str:
        """What its owner is called, for people who look at it."""
        return self.owner.first_name or self.owner.username
