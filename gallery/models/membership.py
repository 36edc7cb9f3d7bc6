"""Members of galleries: people who may look at another's gallery, or change it."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Case, CheckConstraint, OuterRef, Q, Subquery, UniqueConstraint, Value
from django.utils.translation import gettext

from gallery.models.gallery import ONLY_GALLERY, Gallery, GalleryQuerySet, Role, Visitor
from gallery.models.pages import KeysetQuerySet

MEMBER_ROLES = [(role.value, role.label) for role in (Role.VIEWER, Role.EDITOR)]
LONGEST_NAME = 254  # of an account, or its e-mail address


class MembershipQuerySet(KeysetQuerySet["Membership"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: all members of their galleries, and themselves in others'."""
        if not user.is_authenticated:
            return self.none()
        own = Q(gallery__in=Gallery.objects.owned_by(user).order_by().values("pk"))
        mine = Q(person=user, accepted_at__isnull=False, gallery__deleted_at=None)
        return self._opened(user).filter(own | mine)

    def inviting(self, user: Visitor) -> Self:
        """The invitations that wait for this person's answer."""
        if not user.is_authenticated:
            return self.none()
        waiting = self._opened(user).pending().filter(person=user, gallery__deleted_at=None)
        return waiting.select_related("gallery__owner")

    def _opened(self, user: Any) -> Self:
        only = getattr(user, ONLY_GALLERY, None)
        return self.filter(gallery=only) if only else self.all()

    def in_gallery(self, gallery: Gallery) -> Self:
        """Those of one gallery."""
        return self.filter(gallery=gallery)

    def accepted(self) -> Self:
        """Those of people who said yes."""
        return self.filter(accepted_at__isnull=False)

    def pending(self) -> Self:
        """Those of people who have not answered yet."""
        return self.filter(accepted_at=None)

    def with_people(self) -> Self:
        """Fetch each one's person and gallery along with it."""
        return self.select_related("person", "gallery__owner")


class Membership(models.Model):
    """A person who may look at another's gallery, or change it; or who is invited to.

    An invitation goes to the name that was typed. The site does not reveal whether anybody has it:
    if nobody does, `person` is null, and nobody will ever accept.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="memberships"
    )
    invited_as = models.CharField(max_length=LONGEST_NAME, blank=True, editable=False)
    role = models.CharField(max_length=10, choices=MEMBER_ROLES, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)  # null: invited only

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            UniqueConstraint("gallery", "person", name="member_once_in_a_gallery"),
            CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(person__isnull=False),
                name="member_is_a_person",
            ),
            CheckConstraint(condition=Q(role__in=("viewer", "editor")), name="member_has_a_role"),
        )
        indexes = (
            # Every visibility check uses this index.
            models.Index("person", "gallery", "role", "accepted_at", name="member_of_galleries"),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"

    @property
    def name(self) -> str:
        """Who it is: a member's name, or the name that was typed to invite somebody."""
        if self.person and self.accepted_at:
            return str(self.person.first_name or self.person.username)
        return self.invited_as or str(self.person or "")

    @property
    def username(self) -> str:
        """The name of a member's account; "" until they have accepted."""
        return self.person.username if self.person and self.accepted_at else ""


# These are functions, not methods of galleries, which must not import memberships.


def role_of(user: User, gallery: Gallery) -> Role | None:
    """The person's role in a gallery; None if they have none."""
    if gallery.owner_id == user.pk:
        return Role.OWNER
    mine = Membership.objects.in_gallery(gallery).accepted().filter(person=user)
    role = mine.values_list("role", flat=True).first()
    return Role(role) if role else None


def with_roles(galleries: GalleryQuerySet, user: User) -> GalleryQuerySet:
    """Fetch the person's role in each gallery along with it."""
    mine = Membership.objects.accepted().filter(gallery=OuterRef("pk"), person=user)
    return galleries.annotate(  # type: ignore[no-redef]  # the attribute that it fills in
        role=Case(
            models.When(owner=user, then=Value(Role.OWNER.value)),
            default=Subquery(mine.values("role")[:1]),
            output_field=models.CharField(),
        )
    )


def note_role(gallery: Gallery, user: User) -> Gallery:
    """Set the person's role on a gallery that was fetched without it."""
    gallery.role = role_of(user, gallery) or ""
    return gallery


def check_role(user: User, gallery: Gallery, role: Role) -> None:
    """Raise PermissionDenied, with a sentence, unless the person has that role in the gallery."""
    has = role_of(user, gallery)
    if has is None or not has.includes(role):
        raise _refusal(gallery, role)


def check_roles(
    user: User, rows: KeysetQuerySet[Any], role: Role, gallery: str = "gallery"
) -> None:
    """Check the role in the galleries of all these photos or faces, which the person sees.

    `gallery` is the column that leads to the gallery.
    """
    enough = Gallery.objects.visible_to(user, role).values("pk")
    lacking = Gallery.objects.visible_to(user).exclude(pk__in=enough)
    found = lacking.filter(pk__in=rows.order_by().values(gallery)).select_related("owner").first()
    if found:
        raise _refusal(found, role)


def _refusal(gallery: Gallery, role: Role) -> PermissionDenied:
    words = gettext("Only %(owner)s, who owns “%(name)s”, may do that.")
    if role == Role.EDITOR:
        words = gettext(
            "You may look at “%(name)s”, but not change it. %(owner)s can make you an editor."
        )
    return PermissionDenied(words % {"name": gallery.name, "owner": gallery.owner_name})
