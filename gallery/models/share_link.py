"""Links that open a gallery, or what a saved filter finds in it, to whoever has them."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from gallery.models.gallery import Gallery, Role, Visitor, seen_by
from gallery.models.pages import KeysetQuerySet
from gallery.models.saved_filter import SavedFilter


class ShareLinkQuerySet(KeysetQuerySet["ShareLink"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: the links to their own galleries."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(**seen_by(user, role=Role.OWNER))

    def in_gallery(self, gallery: Gallery) -> Self:
        """Those to one gallery."""
        return self.filter(gallery=gallery)

    def with_album(self) -> Self:
        """Fetch each one's gallery and filter along with it."""
        return self.select_related("gallery__owner", "saved_filter__owner")

    def kept(self) -> Self:
        """Those that were not revoked."""
        return self.filter(revoked_at=None)

    def opened_by(self, token: str) -> Self:
        """The one with this token, unless it was revoked, has expired, or leads into the trash."""
        now = timezone.now()
        not_over = Q(expires_at=None) | Q(expires_at__gt=now)
        in_view = self.kept().filter(gallery__deleted_at=None)  # not in the trash
        return in_view.filter(not_over, digest=_digest(token))

    def share(
        self,
        gallery: Gallery,
        *,
        password: str | None = None,
        lasts: timedelta | None = None,
        **options: Any,
    ) -> "ShareLink":
        """Make a link. It opens until it is revoked, or for as long as it lasts."""
        token = secrets.token_urlsafe(24)
        link = self.create(
            gallery=gallery,
            digest=_digest(token),
            password=make_password(password) if password else "",
            expires_at=timezone.now() + lasts if lasts else None,
            **options,
        )
        link.token = token
        return link


class ShareLink(models.Model):
    """A link to an album: a gallery, or the photos in it that a saved filter finds.

    Whoever opens it is a visitor to whom rows are visible, as they are to a person.
    """

    is_authenticated = True
    token = ""  # in its address; only a hash is stored

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="share_links")
    # None: the whole gallery. A link to a filter that is deleted goes, too.
    saved_filter = models.ForeignKey(
        SavedFilter, on_delete=models.CASCADE, null=True, blank=True, related_name="share_links"
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    password = models.CharField(max_length=128, blank=True, editable=False)  # its slow hash
    allows_download = models.BooleanField(default=False)
    # Whether attributes are shown that may offend (`gallery.sharing.album`).
    shows_sensitive = models.BooleanField(default=False)
    views = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the album is called."""
        return (self.saved_filter or self.gallery).name

    @property
    def has_password(self) -> bool:
        return bool(self.password)

    @property
    def is_over(self) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def takes(self, password: str) -> bool:
        """Whether that is its password."""
        return check_password(password, self.password)

    def count_view(self) -> None:
        type(self).objects.filter(pk=self.pk).update(views=F("views") + 1)

    def revoke(self) -> None:
        """Close it for good."""
        type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())


def _digest(token: str) -> str:
    # The token is random and long: a slow hash would protect nothing more.
    return hashlib.sha256(token.encode()).hexdigest()
