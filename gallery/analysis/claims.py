"""Claims: which photos a worker analyzes, and what becomes of them if it does not finish.

The row is the truth. A claim gives each of its photos one lease, and whatever is written later is
written only to rows that still hold that lease. So a worker that was paused, or whose photo was
deleted or given to another worker, writes nothing.

Leases begin and end by the database's clock: those of the workers' hosts may be hours apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from gallery.figures import FAILURES, tally
from gallery.models import Photo
from gallery.models.photo import MAX_ATTEMPTS, PhotoQuerySet
from gallery.webhooks import events

INTERRUPTED = gettext_noop("The analysis was interrupted three times.")


@dataclass(frozen=True)
class Claim:
    """A batch of photos, as they were when they got their lease."""

    lease: UUID
    photos: list[Photo]

    def rows(self) -> PhotoQuerySet:
        """The photos that still hold the lease."""
        return Photo.objects.filter(status=Photo.Status.ANALYSING, lease=self.lease)

    def rows_of(self, keys: Iterable[int]) -> PhotoQuerySet:
        """Those with these keys among the photos that still hold the lease."""
        return self.rows().filter(pk__in=keys)


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


@transaction.atomic
def claim(most: int | None = None) -> Claim:
    """Lease up to `most` (BATCH_SIZE) of the queued photos, uploads before re-runs.

    Uploads come by turn (`gallery.analysis.turns`), re-runs by age.

    A photo that was tried before comes alone: if it kills the worker, it takes no others along.
    """
    lease = uuid4()
    # SQLite has no row locks, and Django leaves the clause out there. The guard in the UPDATE, and
    # transactions that begin IMMEDIATE, keep two workers apart.
    waiting = list(
        Photo.objects.queued()
        .order_by("priority", "turn", "id")
        .select_for_update(skip_locked=True)
        .values_list("pk", "attempts")[: most or settings.BATCH_SIZE]
    )
    if waiting and waiting[0][1] > 0:
        keys = [waiting[0][0]]
    else:
        keys = [pk for pk, attempts in waiting if attempts == 0]
    Photo.objects.queued().filter(pk__in=keys).update(
        status=Photo.Status.ANALYSING,
        lease=lease,
        lease_until=Now() + _lease_time(),
        attempts=F("attempts") + 1,
    )
    claimed = Claim(lease, [])
    claimed.photos.extend(claimed.rows_of(keys).order_by("priority", "turn", "id"))
    return claimed


def hand_back(photos: PhotoQuerySet, reason: str) -> int:
    """Queue leased photos again; those on their last attempt fail, for this reason.

    Returns how many photos there were.
    """
    failed = fail(photos.filter(attempts__gte=MAX_ATTEMPTS), reason)
    if failed:
        tally.add(FAILURES, reason, failed)
    return failed + photos.update(status=Photo.Status.QUEUED, lease=None, lease_until=None)


@transaction.atomic
def fail(photos: PhotoQuerySet, reason: str) -> int:
    """Give these photos up, and notify their owners' webhooks. Returns how many there were."""
    if not photos.lock():
        return 0
    given_up = list(photos.only("gallery"))  # as they are now that they are locked
    Photo.objects.filter(pk__in=[photo.pk for photo in given_up]).update(
        status=Photo.Status.FAILED,
        failure=reason[:300],  # the column's length
        lease=None,
        lease_until=None,
    )
    events.photos_failed(given_up)
    return len(given_up)


def hand_back_untried(photos: PhotoQuerySet) -> None:
    """Queue leased photos again as if they had not been claimed."""
    photos.update(
        status=Photo.Status.QUEUED,
        lease=None,
        lease_until=None,
        attempts=F("attempts") - 1,
    )


def hand_back_interrupted() -> int:
    """Queue photos again whose lease ran out: their worker died. Returns how many."""
    # A lease that ends far in the future was given before the database's clock was set back.
    too_late = Now() + 2 * _lease_time()
    ran_out = Q(lease_until__lt=Now()) | Q(lease_until__gt=too_late)
    interrupted = Photo.objects.filter(ran_out, status=Photo.Status.ANALYSING)
    # The sweep asks every few seconds: an UPDATE would lock the database each time.
    return hand_back(interrupted, INTERRUPTED) if interrupted.exists() else 0
