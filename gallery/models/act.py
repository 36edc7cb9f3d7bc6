"""The audit trail: who signed in, deleted, exported, and so on."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from gallery.models.gallery import Visitor
from gallery.models.pages import KeysetQuerySet


class ActQuerySet(KeysetQuerySet["Act"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person did, and what was done to what is theirs."""
        return self.filter(Q(person=user) | Q(by=user)) if user.is_authenticated else self.none()

    def with_people(self) -> Self:
        """Fetch each one's people along with it."""
        return self.select_related("person", "by")

    def before(self, time: datetime) -> Self:
        """Those that were recorded earlier."""
        return self.filter(at__lt=time)


class Act(models.Model):
    """Something that was done, which people may want to look up later. It holds no secret."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", gettext_lazy("Signed in")
        SIGN_IN_FAILED = "sign_in_failed", gettext_lazy("Failed to sign in")
        TOKEN_MADE = "token_made", gettext_lazy("Made an API token")
        TOKEN_REVOKED = "token_revoked", gettext_lazy("Revoked an API token")
        PHOTOS_TRASHED = "photos_trashed", gettext_lazy("Moved photos to the trash")
        PHOTOS_RESTORED = "photos_restored", gettext_lazy("Restored photos from the trash")
        PHOTOS_DELETED = "photos_deleted", gettext_lazy("Deleted photos")
        GALLERY_TRASHED = "gallery_trashed", gettext_lazy("Moved a gallery to the trash")
        GALLERY_RESTORED = "gallery_restored", gettext_lazy("Restored a gallery from the trash")
        GALLERY_DELETED = "gallery_deleted", gettext_lazy("Deleted a gallery")
        ACCOUNT_DELETED = "account_deleted", gettext_lazy("Deleted an account")
        EXPORTED = "exported", gettext_lazy("Exported faces")
        LINK_MADE = "link_made", gettext_lazy("Shared photos by a link")
        LINK_REVOKED = "link_revoked", gettext_lazy("Revoked a link")
        WEBHOOK_MADE = "webhook_made", gettext_lazy("Made a webhook")
        WEBHOOK_DELETED = "webhook_deleted", gettext_lazy("Deleted a webhook")
        IMPORTED = "imported", gettext_lazy("Imported answers")
        MEMBER_INVITED = "member_invited", gettext_lazy("Invited someone to a gallery")
        MEMBER_ADDED = "member_added", gettext_lazy("Became a member of a gallery")
        MEMBER_CHANGED = "member_changed", gettext_lazy("Changed what a member may do")
        MEMBER_REMOVED = "member_removed", gettext_lazy("Removed a member of a gallery")
        MEMBER_LEFT = "member_left", gettext_lazy("Left a gallery")
        ADMIN = "admin", gettext_lazy("Changed in the admin pages")

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    kind = models.CharField(max_length=20, choices=Kind)
    # Whom it concerns, and who did it; null: nobody with an account, or a command.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="acts"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    about = models.CharField(max_length=200, blank=True)
    count = models.PositiveIntegerField(default=1)  # of photos, answers or tries
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index("person", F("id").desc(), name="act_of_person"),)

    def __str__(self) -> str:
        return self.get_kind_display()
