"""Turns: the order of queued uploads, fair between people.

A photo's turn is the turn that the queue has come to, plus the number of photos that its owner has
in the queue already. The worker takes the lowest turns: the next photo of each person, then the one
after it of each, and so on. So nobody waits for the whole backlog of somebody else, and a claim
only reads the queue's index in order. (Golestani, 1994: self-clocked fair queueing.)
"""

from typing import Any

from django.db.models import Count, F, Min

from gallery.models import Gallery, Photo
from gallery.models.photo import PhotoQuerySet

# Up to here all photos of a person are counted. Counting more of them would cost more: from then on
# a gallery's next photo comes after its last one.
MOST = 1000


def next_turn(gallery: Gallery) -> int:
    """The turn of a new photo in this gallery.

    Of photos that are uploaded at the same time, two may get the same turn, which does no harm.
    """
    waiting = Photo.objects.queued().in_high_lane()
    count = waiting.filter(gallery__owner=gallery.owner_id).order_by()[:MOST].count()
    turn = current_turn() + count
    if count < MOST:
        return turn
    last = waiting.in_gallery(gallery).order_by("-id").values_list("turn", flat=True).first()
    return turn if last is None else max(turn, last + 1)


def current_turn() -> int:
    """The turn that the queue has come to."""
    for status in (Photo.Status.QUEUED, Photo.Status.ANALYSING):
        uploads = Photo.objects.with_status(status).in_high_lane()
        turn = uploads.order_by("turn").values_list("turn", flat=True).first()
        if turn is not None:
            return turn
    return 0


def queue_again(photos: PhotoQuerySet, **changes: Any) -> int:
    """Queue photos whose rows are locked, as if they were uploaded now. Returns how many."""
    found = photos.aggregate(first=Min("pk"), count=Count("pk"))
    if not found["count"]:
        return 0
    # As many turns as photos: at one turn, they would all come before anybody's next upload.
    turn = current_turn() + (F("pk") - found["first"]) % found["count"]
    return photos.update(status=Photo.Status.QUEUED, attempts=0, failure="", turn=turn, **changes)
