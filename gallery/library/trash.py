"""The trash: what people deleted, and can have back for TRASH_DAYS.

Each gallery has at need a second one, `Gallery.trash`, which nobody sees: deleted photos move there
with their faces and answers, and come back from it by the same move. A deleted gallery stays as it
is, and nobody sees it either. What is in the trash still counts as kept, in the quota too. The
daily sweep deletes what has been there for long enough.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery.audit import Kind, record
from gallery.library.deletion import delete_gallery, delete_many, delete_photos, pieces
from gallery.library.moves import GalleryGone, Moved, shift
from gallery.models import Gallery, Photo, Role
from gallery.models.gallery import GalleryQuerySet, Visitor
from gallery.models.photo import PhotoQuerySet


@dataclass(frozen=True)
class Trashed:
    """How many photos were deleted, and the batch that an undo brings back; None: gone for good."""

    count: int
    batch: UUID | None = None


@dataclass(frozen=True)
class Restored:
    """What came back from the trash; photos stayed there whose file the gallery has again."""

    photos: int = 0
    stayed: int = 0
    galleries: int = 0


def goes_at(deleted_at: datetime) -> datetime:
    """When something goes for good that was deleted then; the sweep after that takes it."""
    return deleted_at + timedelta(days=settings.TRASH_DAYS)


# --- Photos -------------------------------------------------------------------------------------


def trash_photos(photos: PhotoQuerySet) -> Trashed:
    """Put photos into the trash, or delete them for good where the site keeps none.

    If the trash of a gallery has a photo of the same file already, that one goes for good.
    """
    if not settings.TRASH_DAYS:
        return Trashed(delete_many(photos))
    batch, count = uuid4(), 0
    for key, among in _by_gallery(photos).items():
        gallery = Gallery.objects.filter(pk=key).select_related("owner").first()
        twin = gallery and _twin(gallery)
        if gallery and twin:
            count += sum(_trash(keys, gallery, twin, batch) for keys in pieces(among))
    return Trashed(count, batch if count else None)


def _by_gallery(photos: PhotoQuerySet) -> dict[int, PhotoQuerySet]:
    """The photos as they are now, by their galleries' keys."""
    keys = defaultdict(list)
    for key, gallery in photos.values_list("pk", "gallery"):
        keys[gallery].append(key)
    return {gallery: Photo.objects.filter(pk__in=some) for gallery, some in keys.items()}


def _twin(gallery: Gallery) -> Gallery | None:
    """The gallery of its deleted photos, made now if it has none; None if it is gone itself.

    It is made before anything is locked: who makes it holds the gallery until the commit.
    """
    given = {"owner": gallery.owner, "name": gallery.name, "deleted_at": timezone.now()}
    try:
        with transaction.atomic():
            return Gallery.objects.get_or_create(trash_of=gallery, defaults=given)[0]
    except IntegrityError:
        return None


@transaction.atomic
def _trash(keys: list[int], gallery: Gallery, twin: Gallery, batch: UUID) -> int:
    moved = shift(keys, twin, replaces=True, deleted_at=timezone.now(), batch=batch)
    _put_behind(Photo.objects.filter(pk__in=keys, gallery=twin))
    if moved.count:
        record(Kind.PHOTOS_TRASHED, person=gallery.owner, about=gallery.name, count=moved.count)
    return moved.count


def _put_behind(photos: PhotoQuerySet) -> None:
    """Let the worker take other photos before these, whose rows are locked."""
    photos.pending().update(priority=Photo.Priority.RERUN)


def _put_back(photos: PhotoQuerySet) -> None:
    """Let the worker take these, whose rows are locked, like uploads if it never has."""
    photos.pending().filter(analysed_at=None).update(priority=Photo.Priority.UPLOAD)


def restore_photos(photos: PhotoQuerySet) -> Restored:
    """Bring photos of the trash back to their galleries."""
    moved = Moved()
    for key, among in _by_gallery(photos).items():
        twins = Gallery.objects.filter(pk=key, trash_of__deleted_at=None)
        twin = twins.select_related("trash_of__owner").first()
        if twin and twin.trash_of:
            for keys in pieces(among):
                moved += _restore(keys, twin.trash_of)
    return Restored(moved.count, moved.stayed)


def _restore(keys: list[int], gallery: Gallery) -> Moved:
    try:
        with transaction.atomic():
            moved = shift(keys, gallery, leaves_trash=True, deleted_at=None, batch=None)
            _put_back(Photo.objects.filter(pk__in=keys, gallery=gallery))
            if moved.count:
                about, count = gallery.name, moved.count
                record(Kind.PHOTOS_RESTORED, person=gallery.owner, about=about, count=count)
            return moved
    except GalleryGone:
        return Moved()


# --- Galleries ----------------------------------------------------------------------------------


def trash_gallery(gallery: Gallery) -> UUID | None:
    """Put a gallery into the trash, or delete it for good where the site keeps none.

    Returns the batch that an undo brings back; None if nothing can.
    """
    if not settings.TRASH_DAYS:
        delete_gallery(gallery)
        return None
    batch = uuid4()
    return batch if _trash_gallery(gallery, batch) else None


@transaction.atomic
def _trash_gallery(gallery: Gallery, batch: UUID) -> bool:
    photos = Photo.objects.filter(gallery=gallery)
    photos.pending().lock()
    _put_behind(photos)
    here = Gallery.objects.filter(pk=gallery.pk, deleted_at=None)
    if not here.update(deleted_at=timezone.now(), batch=batch):
        return False
    count = photos.count()
    record(Kind.GALLERY_TRASHED, person=gallery.owner, about=gallery.name, count=count)
    return True


def restore_galleries(galleries: GalleryQuerySet) -> int:
    """Bring galleries back from the trash. Returns how many."""
    return sum(_restore_gallery(gallery) for gallery in galleries.select_related("owner"))


@transaction.atomic
def _restore_gallery(gallery: Gallery) -> bool:
    photos = Photo.objects.filter(gallery=gallery)
    photos.pending().lock()
    _put_back(photos)
    gone = Gallery.objects.filter(pk=gallery.pk, batch__isnull=False)
    if not gone.update(deleted_at=None, batch=None):
        return False
    count = photos.count()
    record(Kind.GALLERY_RESTORED, person=gallery.owner, about=gallery.name, count=count)
    return True


# --- All that is in the trash -------------------------------------------------------------------


def undo(person: Visitor, batch: UUID) -> Restored:
    """Bring back what a person deleted at once."""
    galleries = restore_galleries(Gallery.objects.in_trash_of(person).filter(batch=batch))
    restored = restore_photos(Photo.objects.in_trash_of(person).filter(batch=batch))
    return Restored(restored.photos, restored.stayed, galleries)


def erase_photos(photos: PhotoQuerySet) -> int:
    """Delete for good those photos that are still in the trash when their turn comes."""
    return sum(_erase(photos, keys) for keys in pieces(photos))


@transaction.atomic
def _erase(photos: PhotoQuerySet, keys: list[int]) -> int:
    Photo.objects.filter(pk__in=keys).lock()  # nobody restores them from here on
    return delete_photos(photos.filter(pk__in=keys))


def erase_galleries(galleries: GalleryQuerySet) -> int:
    """Delete galleries of the trash for good, with their photos. Returns how many photos.

    Once that has begun, a gallery cannot be had back: what is left of it goes with a later sweep.
    """
    count = 0
    for gallery in galleries:
        gone = Gallery.objects.filter(pk=gallery.pk, deleted_at__isnull=False)
        if gone.update(batch=None):
            count += Photo.objects.filter(gallery=gallery).count()
            delete_gallery(gallery)
    return count


def empty(person: Visitor) -> int:
    """Delete everything in the trash of a person's own galleries for good. Returns how many."""
    count = erase_galleries(Gallery.objects.in_trash_of(person))
    return count + erase_photos(Photo.objects.in_trash_of(person, Role.OWNER))


def purge() -> None:
    """Delete for good what has been in the trash for TRASH_DAYS."""
    before = timezone.now() - timedelta(days=settings.TRASH_DAYS)
    erase_galleries(Gallery.objects.deleted_before(before))
    erase_photos(Photo.objects.deleted_before(before))
