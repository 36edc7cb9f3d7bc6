"""Invitations to sign up."""

import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

VALID_FOR = timedelta(days=14)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def invite(self, by: User | None = None) -> str:
        """Make an invitation and return its token, of which only a hash is kept."""
        token = secrets.token_urlsafe(24)
        self.create(digest=_digest(token), by=by, expires_at=timezone.now() + VALID_FOR)
        return token

    def with_token(self, token: str) -> Self:
        """The one with this token, if there is one and it has not run out."""
        return self.filter(digest=_digest(token), expires_at__gt=timezone.now())

    def unused(self) -> Self:
        """Those that nobody has signed up with."""
        return self.filter(used_at=None)


class Invitation(models.Model):
    """A link that lets one person sign up, once."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="invitations"
    )
    person = models.ForeignKey(  # who came
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"an invitation of {self.created_at:%Y-%m-%d}"


def _digest(token: str) -> str:
    # The token is random and long: a slow hash would protect nothing more.
    return hashlib.sha256(token.encode()).hexdigest()
