"""A photo is copied to another gallery: its files, its faces and people's answers."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from gallery import storage, trace
from gallery.analysis import jobs
from gallery.analysis.turns import next_turn
from gallery.models import BoxCorrection, Correction, Face, Gallery, Opinion, Photo
from gallery.models.photo import PhotoQuerySet
from gallery.models.picture import PictureError
from gallery.storage import StorageError
from gallery.uploads.adding import check_gallery
from gallery.uploads.originals import copy_original
from gallery.uploads.pictures import UploadError
from gallery.uploads.quota import take_quota


@dataclass
class Copied:
    """How many photos were copied, were there already, or could not be read.

    `problem` says why it stopped before the end, in words.
    """

    count: int = 0
    stayed: int = 0
    missing: int = 0
    problem: str = ""


def copy_photos(
    photos: PhotoQuerySet, target: Gallery, seen: PhotoQuerySet | None = None
) -> Copied:
    """Copy photos to a gallery, one after the other; none is analyzed again.

    `seen` are the photos that the asker may see; it is evaluated again for each photo.
    """
    done, there = Copied(), Photo.objects.all() if seen is None else seen
    for key in list(photos.values_list("pk", flat=True)):
        try:
            photo = there.with_gallery().get(pk=key, deleted_at=None)
            if _has(target, photo.sha256):
                done.stayed += 1
            else:
                _copy(photo, target)
                done.count += 1
        except (PictureError, Photo.DoesNotExist):
            done.missing += 1
        except IntegrityError:  # the same file came there just now, or the gallery is gone
            done.stayed += 1
        except UploadError as error:  # the quota, or the gallery is in the trash
            done.problem = str(error)
            break
    return done


def _has(gallery: Gallery, sha256: str) -> bool:
    return Photo.objects.in_gallery(gallery).filter(sha256=sha256).exists()


def _copy(photo: Photo, target: Gallery) -> None:
    """Store the files under new names, and then the rows, as an upload does."""
    twin = Photo(uuid=uuid4())
    with photo.open_file() as file:
        content = file.read()
    try:
        storage.save(twin.file_name(), content)
        copy_original(photo, twin, target)
        with transaction.atomic():
            take_quota(target.owner_id, photo.bytes + twin.original_bytes)
            check_gallery(target)
            _copy_rows(photo.pk, twin, target)
            transaction.on_commit(jobs.ring, robust=True)
    except (
        OperationalError,
        InterfaceError,
    ):  # nobody knows whether there is a row: the sweep asks
        raise
    except BaseException:
        with suppress(StorageError):
            twin.delete_files()
        raise


def _copy_rows(key: int, twin: Photo, target: Gallery) -> None:
    """Copy a photo as it is now; one that waits for its analysis waits in the copy, too."""
    photo = next(iter(Photo.objects.filter(pk=key, deleted_at=None).locked()), None)
    if photo is None:
        raise Photo.DoesNotExist
    made = copy(photo)
    made.pk, made.uuid, made.gallery = None, twin.uuid, target
    made.original_bytes = twin.original_bytes
    made.request_id = trace.current().request_id
    if made.is_pending:
        made.status, made.lease, made.lease_until, made.attempts = "queued", None, None, 0
        made.turn = next_turn(target)
    made.save(force_insert=True)
    faces = {face.pk: face for face in photo.faces.order_by("pk")}
    answers = list(Correction.objects.of_faces(faces).order_by("pk"))
    opinions = list(Opinion.objects.filter(face__in=faces).order_by("pk"))
    _insert(faces.values(), photo=made, gallery=target)
    batches: dict[UUID, UUID] = defaultdict(uuid4)  # what is undone together there is so here
    for answer in answers:
        answer.face, answer.batch = faces[answer.face_id], batches[answer.batch]
    _insert(answers)
    for opinion in opinions:
        opinion.face = faces[opinion.face_id]
        opinion.batch = batches[opinion.batch] if opinion.batch else None
    _insert(opinions)
    _insert(photo.box_corrections.all(), photo=made, batch=None)


def _insert(rows: Iterable[Face | Correction | Opinion | BoxCorrection], **changes: Any) -> None:
    """Insert copies of rows, with other values in some columns; their times stay."""
    copies: list[Any] = list(rows)
    if not copies:
        return
    model = type(copies[0])
    times = [getattr(row, "created_at", None) for row in copies]
    for row in copies:
        row.pk = None
        if isinstance(row, Face):
            row.uuid = uuid4()
        for name, value in changes.items():
            setattr(row, name, value)
    model.objects.bulk_create(copies)
    if times[0]:  # on insert, Django writes the present time
        for row, time in zip(copies, times, strict=True):
            row.created_at = time
        model.objects.bulk_update(copies, ("created_at",))
