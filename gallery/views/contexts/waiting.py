"""What people are told while photos wait for the worker."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone

from gallery.models import Photo, Sign
from gallery.models.photo import PhotoQuerySet

SOON = timedelta(seconds=10)  # within which most photos are analyzed
LONG = timedelta(minutes=1)  # from which on a worker that is not seen is missed
MOST = 1000  # photos that are counted: more are more


@dataclass(frozen=True)
class Wait:
    """`before` counts the photos before this one; None as long as nobody needs to know."""

    before: int | None = None
    is_stalled: bool = False

    @property
    def is_beyond_count(self) -> bool:
        return self.before == MOST

    @property
    def has_news(self) -> bool:
        """Whether there is more to say than that it takes a moment."""
        return self.is_stalled or self.before is not None


def wait_of(photo: Photo) -> Wait:
    """How long a photo that is not analyzed yet may have to wait."""
    waited = timezone.now() - photo.created_at
    if waited < SOON or not photo.is_pending:
        return Wait()
    is_queued = photo.status == Photo.Status.QUEUED
    before = Photo.objects.before(photo).order_by()[:MOST].count() if is_queued else None
    return Wait(before, waited >= LONG and not Sign.objects.has_worker())


def are_stalled(photos: PhotoQuerySet) -> bool:
    """Whether some have waited for a while, and no worker is alive."""
    return (
        not Sign.objects.has_worker()
        and photos.pending().filter(created_at__lt=Now() - LONG).exists()
    )
