"""A person's library (`exchange.libraries`) put back, on this site or on another one."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model

from gallery import storage
from gallery.analysis import jobs
from gallery.analysis.turns import next_turn
from gallery.exchange.libraries import (
    ANSWER,
    FACE,
    FILTER,
    FORMAT,
    GALLERY,
    LIBRARY,
    MODEL,
    PHOTO,
    PHOTOS,
    PLACE,
)
from gallery.exchange.records import ImportFailed
from gallery.models import BoxCorrection, Correction, Face, Gallery, Photo, SavedFilter
from gallery.storage import StorageError
from gallery.uploads.pictures import UploadError
from gallery.uploads.quota import take_quota
from ml.models import ModelVersion

NO_LIBRARY = "it is not the download of a library, or it is damaged"
DAMAGES = (
    BadZipFile,
    zlib.error,
    EOFError,
    RecursionError,
    KeyError,
    TypeError,
    AttributeError,
    ValueError,
    ValidationError,
    IntegrityError,
    DataError,
)


@dataclass
class Imported:
    """How many photos are new and how many were there, and what is wrong with the others."""

    photos: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class _Library:
    """An open file, and what its rows became here."""

    archive: ZipFile
    owner: User
    galleries: dict[str, Gallery]
    models: dict[str, ModelVersion]


def import_library(file: Path, owner: User) -> Imported:
    """Add what the file has to what the person has. A gallery keeps the same file only once.

    The file is trusted as a backup is: its pictures are not decoded again. If the import breaks
    off, what was imported stays, and it can be repeated.

    Raises:
        ImportFailed: the file is damaged; the message names the line.
        QuotaError: the person may keep no more.
        StorageError: pictures cannot be stored now.
        OSError: the file cannot be read.
    """
    imported = Imported()
    with _understood(NO_LIBRARY), ZipFile(file) as archive:
        library = _open(archive, owner)
        for number, line in enumerate(archive.open(PHOTOS), 1):
            with _understood(f"line {number} of {PHOTOS} is damaged"):
                _import_photo(library, json.loads(line), imported)
    jobs.ring()
    return imported


@contextmanager
def _understood(words: str) -> Iterator[None]:
    """Raise ImportFailed with these words for what is not as `exchange.libraries` writes it."""
    try:
        yield
    except (ImportFailed, UploadError):
        raise
    except DAMAGES as error:
        raise ImportFailed(words) from error


def _open(archive: ZipFile, owner: User) -> _Library:
    about = json.loads(archive.read(LIBRARY))
    if about["format"] != FORMAT:
        raise ImportFailed(f"it has format {about['format']}, and this version reads {FORMAT}")
    models = {row["sha256"]: _model(row) for row in about["models"]}
    galleries = {row["uuid"]: _gallery(row, owner) for row in about["galleries"]}
    for row in about["filters"]:
        _add_filter(row, galleries[row["gallery"]], owner)
    return _Library(archive, owner, galleries, models)


def _model(row: dict[str, Any]) -> ModelVersion:
    """The model that the site has with this hash, or else a note of it, which has no weights."""
    values = _read(ModelVersion, MODEL, row)
    return ModelVersion.objects.get_or_create(sha256=row["sha256"], defaults=values)[0]


def _gallery(row: dict[str, Any], owner: User) -> Gallery:
    """The person's gallery with this id, or a new one; with another id if somebody has that."""
    values = _read(Gallery, GALLERY, row)
    known = Gallery.objects.owned_by(owner).filter(uuid=values["uuid"]).first()
    if known:
        return known
    if Gallery.objects.filter(uuid=values["uuid"]).exists():
        values["uuid"] = uuid4()
    gallery: Gallery = _insert([Gallery(owner=owner, **values)])[0]
    return gallery


def _add_filter(row: dict[str, Any], gallery: Gallery, owner: User) -> None:
    """A filter whose name the gallery has already stays as it is there."""
    values = _read(SavedFilter, FILTER, row)
    if SavedFilter.objects.filter(uuid=values["uuid"]).exists():
        values["uuid"] = uuid4()
    with suppress(IntegrityError), transaction.atomic():
        _insert([SavedFilter(owner=owner, gallery=gallery, **values)])


def _import_photo(library: _Library, line: dict[str, Any], imported: Imported) -> None:
    gallery = library.galleries[line["gallery"]]
    values = _read(Photo, PHOTO, line)
    if Photo.objects.in_gallery(gallery).filter(sha256=values["sha256"]).exists():
        imported.known += 1
        return
    picture = _picture(library.archive, line)
    if picture is None:
        imported.problems.append(f"{line['original_name']}: its picture is missing or damaged")
        return
    is_new = not Photo.objects.among([values["uuid"]]).exists()
    photo = Photo(**{**values, "uuid": values["uuid"] if is_new else uuid4(), "gallery": gallery})
    photo.model_version = library.models[line["model"]] if line["model"] else None
    if photo.is_pending:
        photo.status, photo.turn = Photo.Status.QUEUED, next_turn(gallery)
    original = _original(library.archive, line, imported)
    photo.original_bytes = original.file_size if original else 0
    try:
        _store(library.archive, photo, picture, original)
        with transaction.atomic():
            take_quota(library.owner.pk, photo.kept_bytes)
            _insert([photo])
            _insert_faces(library, photo, line["faces"], keeps_ids=is_new)
            places = line["places"]
            _insert(_said(library, BoxCorrection, PLACE, row, photo=photo) for row in places)
    except BaseException:
        with suppress(StorageError):  # then the sweep deletes it
            photo.delete_files()
        raise
    imported.photos += 1


def _picture(archive: ZipFile, line: dict[str, Any]) -> bytes | None:
    """The picture, if the file has it as it was."""
    if not line["file"]:
        return None
    try:
        content = archive.read(line["file"])
    except (KeyError, BadZipFile):
        return None
    is_same = hashlib.sha256(content).hexdigest() == line["stored_sha256"]
    return content if is_same or not line["stored_sha256"] else None


def _original(archive: ZipFile, line: dict[str, Any], imported: Imported) -> ZipInfo | None:
    """The file as it was uploaded, if it is there unchanged and this site keeps originals.

    Downloads from before originals were kept have none.
    """
    name = line.get("original")
    if not name or not settings.KEEP_ORIGINALS:
        return None
    try:
        with archive.open(name) as file:
            digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]  # it fits
            is_same = digest.hexdigest() == line["sha256"]
    except (KeyError, BadZipFile, zlib.error, EOFError):
        is_same = False
    if not is_same:
        imported.problems.append(f"{line['original_name']}: its original is missing or damaged")
    return archive.getinfo(name) if is_same else None


def _store(archive: ZipFile, photo: Photo, picture: bytes, original: ZipInfo | None) -> None:
    storage.save(photo.file_name(), picture)
    if original:
        with archive.open(original) as file:
            storage.save(photo.original_file(), File(file))


def _insert_faces(
    library: _Library, photo: Photo, rows: list[dict[str, Any]], keeps_ids: bool
) -> None:
    faces = [
        Face(
            photo=photo,
            gallery=photo.gallery,
            model_version=library.models[row["model"]],
            **_read(Face, FACE, row),
        )
        for row in rows
    ]
    if not keeps_ids:
        for face in faces:
            face.uuid = uuid4()
    _insert(faces)
    _insert(
        _said(library, Correction, ANSWER, said, face=face)
        for face, row in zip(faces, rows, strict=True)
        for said in row["answers"]
    )


def _said(
    library: _Library, model: type[Model], columns: Iterable[str], row: dict[str, Any], **about: Any
) -> Model:
    """What the owner said of it, or nobody who has an account here."""
    person = library.owner if row["by"] == library.owner.username else None
    return model(person=person, **about, **_read(model, columns, row))


def _read(model: type[Model], columns: Iterable[str], row: dict[str, Any]) -> dict[str, Any]:
    """The columns as Python has them."""
    fields: dict[str, Any] = {field.name: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(row[name]) for name in columns}


def _insert(rows: Iterable[Any]) -> list[Any]:
    """Insert rows with the times that they have: Django would write the present one."""
    made = list(rows)
    if not made:
        return made
    times = [getattr(row, "created_at", None) for row in made]
    model = type(made[0])
    model._base_manager.bulk_create(made)
    if hasattr(model, "created_at"):
        for row, time in zip(made, times, strict=True):
            row.created_at = time
        model._base_manager.bulk_update(made, ("created_at",))
    return made
