"""Photos that change their gallery: by a move, into the trash, and back."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from gallery.library.deletion import drop, pieces
from gallery.models import Face, Gallery, Photo
from gallery.models.block import hold_blocks
from gallery.models.photo import PhotoQuerySet

TRIES = 3  # a file may be uploaded to the gallery while a photo with it is being moved there


class GalleryGone(Exception):
    """The gallery was deleted meanwhile."""


@dataclass(frozen=True)
class Moved:
    """How many photos were moved, and how many stayed: the gallery had their files already."""

    count: int = 0
    stayed: int = 0

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(self.count + other.count, self.stayed + other.stayed)


def move_photos(photos: PhotoQuerySet, target: Gallery) -> Moved:
    """Move photos to another gallery of the same person, with their faces and people's answers.

    Raises:
        GalleryGone: the gallery was deleted meanwhile. What was moved before is there.
    """
    moved = Moved()
    for keys in pieces(photos):
        moved += shift(keys, target)
    return moved


def shift(
    keys: list[int],
    target: Gallery,
    *,
    leaves_trash: bool = False,
    replaces: bool = False,
    **changes: Any,
) -> Moved:
    """Move the photos with these keys, in one transaction, and write further columns of theirs.

    Only photos of a gallery, or (`leaves_trash`) of a trash, are moved. One whose file the target
    has already stays where it is; or else (`replaces`) the one that was there goes for good.

    Raises:
        GalleryGone: the target was deleted meanwhile.
    """
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _shift(keys, target, leaves_trash, replaces, changes)
        except IntegrityError:  # the same file came there in between
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _shift(
    keys: list[int], target: Gallery, leaves_trash: bool, replaces: bool, changes: dict[str, Any]
) -> Moved:
    locked = _locked(keys, target)
    there = [photo for photo in locked if photo.gallery_id == target.pk]
    taken = set() if replaces else {photo.sha256 for photo in there}
    named = set(keys)
    wanted = [
        photo
        for photo in locked
        if photo.pk in named and (photo.deleted_at is not None) == leaves_trash
    ]
    moving: dict[str, Photo] = {}
    for photo in wanted:
        if photo.sha256 not in taken and photo.gallery_id != target.pk:
            moving.setdefault(photo.sha256, photo)
    both = [(photo.gallery_id, photo.pk) for photo in moving.values()]
    hold_blocks(both + [(target.pk, photo) for _, photo in both])
    _hold(target)
    if replaces:
        drop(Photo.objects.filter(pk__in=[old.pk for old in there if old.sha256 in moving]))
    moved = [photo.pk for photo in moving.values()]
    Photo.objects.filter(pk__in=moved).update(gallery=target, **changes)
    Face.objects.filter(photo__in=moved).update(gallery=target)
    return Moved(len(moved), len(wanted) - len(moved))


def _locked(keys: list[int], target: Gallery) -> list[Photo]:
    """The photos to move, and those of the target that have the same files, all locked.

    A worker that is about to write faces waits, and then writes them into the new gallery.
    """
    hashes = Photo.objects.filter(pk__in=keys).order_by().values("sha256")
    same = Photo.objects.filter(gallery=target, sha256__in=hashes).order_by().values("pk")
    both = Photo.objects.filter(Q(pk__in=keys) | Q(pk__in=same)).order_by("pk")
    return list(both.only("uuid", "gallery", "sha256", "deleted_at").select_for_update())


def _hold(target: Gallery) -> None:
    """Lock the gallery, as everyone does after photos and blocks: it cannot go meanwhile."""
    held = Gallery.objects.select_for_update(no_key=True).filter(pk=target.pk).first()
    if held is None or (held.trash_of_id is None and held.deleted_at is not None):
        raise GalleryGone
