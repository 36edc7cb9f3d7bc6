"""Compares rows with stored files, and mends what can be mended."""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from gallery import storage
from gallery.analysis import jobs
from gallery.analysis.claims import fail
from gallery.library.sweep import orphans
from gallery.models import Photo
from gallery.models.photo import PhotoQuerySet
from gallery.models.picture import LOST, PictureError
from gallery.operation.hashes import AT_ONCE, hash_old_pictures
from gallery.variants import PHONE, SIDES, face_name, write_variants

GONE = "its picture is gone"
CHANGED = "its picture is not what was stored"
NO_ORIGINAL, OTHER_ORIGINAL = "its original is gone", "its original is not what was uploaded"
NOT_KEPT = "no longer counted as kept: whoever uploads the same file again brings it back"
BACK = "its picture is back"
DAMAGED, MISSING = "smaller pictures are damaged", "smaller pictures were missing"
MARKED = "marked: whoever uploads the same file again brings it back"
ORPHAN = "belongs to no photo"


@dataclass(frozen=True)
class Finding:
    """What is wrong with a photo or a file, what was done about it, and whether that mended it."""

    about: str
    wrong: str
    done: str = ""
    mended: bool = False


def verify(repair: bool = False, quick: bool = False) -> Iterator[Finding]:
    """Find rows without files, changed files, damaged smaller pictures and files without rows.

    `quick` only looks whether pictures are there, and reads none.

    Raises:
        StorageError: the storage cannot be asked.
    """
    if repair:
        hash_old_pictures()
    for photo in _photos():
        if wrong := _wrong_with(photo, quick):
            yield _mark(photo, wrong) if repair else Finding(_name(photo), wrong)
        elif photo.is_lost:
            yield _find_again(photo) if repair else Finding(_name(photo), BACK)
        else:
            yield from _original(photo, repair, quick)
            if photo.status == Photo.Status.READY and not quick:
                yield from _smaller_pictures(photo, repair)
    for name in orphans():
        if repair:
            storage.delete(name)
        yield Finding(name, ORPHAN, "deleted" if repair else "", mended=repair)


def _photos() -> Iterator[Photo]:
    after, photos = 0, Photo.objects.with_faces().order_by("pk")
    while some := list(photos.filter(pk__gt=after)[:AT_ONCE]):
        after = some[-1].pk
        yield from some


def _name(photo: Photo) -> str:
    return f"photo {photo.uuid}"


def _wrong_with(photo: Photo, quick: bool) -> str:
    """What is wrong with the stored picture; "" if nothing is, or the photo was deleted by now."""
    is_there, is_same = _look_at(photo.file_name(), photo.stored_sha256, quick)
    wrong = "" if is_same else CHANGED if is_there else GONE
    return wrong if wrong and _row(photo).exists() else ""


def _look_at(name: str, sha256: str, quick: bool) -> tuple[bool, bool]:
    """Whether a file is there, and whether it is unchanged; `quick` assumes that it is."""
    try:
        if quick:
            return (storage.exists(name),) * 2
        return True, sha256 in ("", storage.sha256_of(name))
    except FileNotFoundError:
        return False, False


def _row(photo: Photo) -> PhotoQuerySet:
    """The photo, if it still has the picture that was looked at."""
    return Photo.objects.filter(pk=photo.pk, stored_sha256=photo.stored_sha256)


def _mark(photo: Photo, wrong: str) -> Finding:
    """Have the next upload of the same file bring the picture back."""
    _row(photo).update(is_lost=True)
    # What is known about its faces stays; without a picture there is nothing to analyze again.
    fail(_row(photo).pending(), LOST)
    return Finding(_name(photo), wrong, MARKED)


def _find_again(photo: Photo) -> Finding:
    _row(photo).update(is_lost=False)
    jobs.retry_photos(_row(photo))
    return Finding(_name(photo), BACK, "no longer marked", mended=True)


def _original(photo: Photo, repair: bool, quick: bool) -> Iterator[Finding]:
    """Find a missing or changed original; what is left of it becomes a file of no photo."""
    if not photo.original_bytes:
        return
    is_there, is_same = _look_at(photo.original_file(), photo.sha256, quick)
    kept = _row(photo).with_originals()
    if is_same or not kept.exists():
        return
    if repair:
        kept.update(original_bytes=0)
    wrong = OTHER_ORIGINAL if is_there else NO_ORIGINAL
    yield Finding(_name(photo), wrong, NOT_KEPT if repair else "")


def _smaller_pictures(photo: Photo, repair: bool) -> Iterator[Finding]:
    there = photo.list_variants()
    damaged = [name for name in there if not _opens(photo, name)]
    if not repair:
        if damaged:
            yield Finding(_name(photo), DAMAGED)
        return
    needed = {*SIDES, *map(face_name, photo.faces.all())} - {PHONE}  # made on request
    if damaged or needed - there:
        for name in damaged:
            storage.delete(photo.file_name(name))
        write_variants(photo, photo.open_picture(), photo.faces.all())
        yield Finding(_name(photo), DAMAGED if damaged else MISSING, "made again", mended=True)


def _opens(photo: Photo, name: str) -> bool:
    try:
        with photo.open_file(name) as file, Image.open(file) as image:
            image.load()
    except (PictureError, OSError, SyntaxError, ValueError):
        return False
    return True
