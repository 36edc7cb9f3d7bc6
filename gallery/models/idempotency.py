"""Requests that a program may send again: each key stands for one request and its answer."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.db.models.functions import Now

KEPT = timedelta(hours=24)
# A request that takes longer has died with its process. Decoding takes a minute at most.
LONGEST = timedelta(minutes=2)


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def claim(self, person: int, key: str, fingerprint: str) -> "IdempotencyKey | None":
        """Claim a person's key and return its row; None if another request has just freed it.

        `is_claimed` is true if this request is the first with the key, or the first since another
        one died or expired. The database decides, because two requests may come at once.
        """
        claim, digest = uuid.uuid4(), hashlib.sha256(key.encode()).hexdigest()
        new = {"fingerprint": fingerprint, "claim": claim}
        row = IdempotencyKey(person_id=person, digest=digest, **new)
        self.bulk_create([row], ignore_conflicts=True)
        rows = self.filter(person=person, digest=digest)
        rows.over().update(status=None, body=None, created_at=Now(), **new)
        found = rows.first()
        if found:
            found.is_claimed = found.claim == claim
        return found

    def over(self) -> Self:
        """Expired rows: older than a day, or of a request that died."""
        died = Q(status=None, created_at__lt=Now() - LONGEST)
        return self.filter(died | Q(created_at__lt=Now() - KEPT))

    def forget_old(self) -> None:
        self.over().delete()


class IdempotencyKey(models.Model):
    """A key that came with a request; without a status, the request is not answered yet."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)  # SHA-256 of the key
    fingerprint = models.CharField(max_length=64)  # of what was sent with it
    claim = models.UUIDField()  # of the request that will answer
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    is_claimed = False  # set on the row that `claim` returns

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = (UniqueConstraint("person", "digest", name="idempotency_key_once"),)

    def __str__(self) -> str:
        return self.digest[:8]

    def answered(self, status: int, body: dict[str, Any]) -> None:
        """Store the answer, unless another request has taken over."""
        self._own().update(status=status, body=body)

    def give_up(self) -> None:
        """Free the key: its request failed, and may be sent again."""
        self._own().delete()

    def _own(self) -> IdempotencyKeyQuerySet:
        return IdempotencyKey.objects.filter(pk=self.pk, claim=self.claim, status=None)
