"""Turns: the order of queued uploads, fair between people.

A photo's turn is the turn that the queue has come to, plus the number of photos that its owner has
in the queue already. The worker takes the lowest turns: the next photo of each person, then the one
after it of each, and so on. So nobody waits for the whole backlog of somebody else, and a claim
only reads the queue's index in order. (Golestani, 1994: self-clocked fair queueing.)
"""

from django.db.models import F
from django.db.models.functions import Least

from gallery.models import Photo
from gallery.models.photo import PhotoQuerySet

# Later photos of one person share a turn, and go by age. Counting further would cost more, and
# nobody else has so many photos waiting that it would matter.
MOST = 1000


def next_turn(owner: int) -> int:
    """The turn of a new photo of this person, given by key.

    Of photos that are uploaded at the same time, two may get the same turn, which does no harm.
    """
    waiting = Photo.objects.queued().in_high_lane().filter(gallery__owner=owner)
    return current_turn() + waiting.order_by()[:MOST].count()


def current_turn() -> int:
    """The turn that the queue has come to."""
    for status in (Photo.Status.QUEUED, Photo.Status.ANALYSING):
        uploads = Photo.objects.with_status(status).in_high_lane()
        turn = uploads.order_by("turn").values_list("turn", flat=True).first()
        if turn is not None:
            return turn
    return 0


def queue_again(photos: PhotoQuerySet) -> int:
    """Queue photos whose rows are locked, as if they were uploaded now. Returns how many."""
    first = photos.order_by("pk").values_list("pk", flat=True).first()
    if first is None:
        return 0
    # Not all at one turn: they would all come before anybody's next upload.
    turn = current_turn() + Least(F("pk") - first, MOST)
    return photos.update(status=Photo.Status.QUEUED, attempts=0, failure="", turn=turn)
