"""Links that each make one person a member of a gallery, once."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from gallery.models.gallery import Gallery, Role, Visitor
from gallery.models.membership import MEMBER_ROLES
from gallery.models.pages import KeysetQuerySet

VALID_FOR = timedelta(days=7)


class MemberLinkQuerySet(KeysetQuerySet["MemberLink"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: the links to their own galleries."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(gallery__in=Gallery.objects.owned_by(user).order_by().values("pk"))

    def in_gallery(self, gallery: Gallery) -> Self:
        """Those to one gallery."""
        return self.filter(gallery=gallery)

    def open(self) -> Self:
        """Links that can still be used."""
        now = timezone.now()
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=now)

    def with_token(self, token: str) -> Self:
        """The one with this token, unless its gallery is in the trash."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        return self.filter(digest=digest, gallery__deleted_at=None).select_related("gallery__owner")

    def make(self, gallery: Gallery, role: Role, lasts: timedelta = VALID_FOR) -> "MemberLink":
        """Make a link. It lets one person in, until it expires or is revoked."""
        # The token is random and long: a slow hash would not protect it better.
        token = secrets.token_urlsafe(24)
        link = self.create(
            gallery=gallery,
            role=role,
            digest=hashlib.sha256(token.encode()).hexdigest(),
            expires_at=timezone.now() + lasts,
        )
        link.token = token
        return link


class MemberLink(models.Model):
    """A link that makes one person a member of a gallery."""

    token = ""  # part of its address; only a hash is stored

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="member_links")
    role = models.CharField(max_length=10, choices=MEMBER_ROLES, default=Role.VIEWER)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    person = models.ForeignKey(  # who used it
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = MemberLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"a link for one {self.role}"

    def use(self, person: User) -> bool:
        """Use it up for this person; False if it can no longer be used."""
        this = type(self).objects.open().filter(pk=self.pk)
        return bool(this.update(used_at=timezone.now(), person=person))

    def revoke(self) -> None:
        """Close it for good."""
        type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())
