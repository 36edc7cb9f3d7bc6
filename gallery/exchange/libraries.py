"""All that is a person's own as one ZIP file: pictures, and what is known of them.

    photos/GALLERY/NAME.jpg      each picture
    originals/GALLERY/NAME.EXT   the file that it was made from, as it was uploaded, if it is kept
    photos.jsonl                 a line for each: facts, faces with their probabilities, answers
    library.json                 galleries, saved filters and the models that were used

`exchange.library_import` puts it back. The two files are the last ones: a download that breaks off
has neither.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.auth.models import User
from django.db.models import Model
from django.http import StreamingHttpResponse
from django.utils import timezone

from gallery.exchange.archive import Window, add_file
from gallery.exchange.pictures import Names, add_original, entry, read_picture
from gallery.models import BoxCorrection, Correction, Face, Gallery, Photo, SavedFilter
from gallery.models.answer import with_details
from gallery.names import without_ending
from ml.attributes import FIELDS
from ml.models import ModelVersion

FORMAT = 1
LIBRARY, PHOTOS = "library.json", "photos.jsonl"
CHUNK = 100  # photos that are read at a time
NO_FOLDER = re.compile(r'[\\/:*?"<>|]|^\.+')  # what some system does not take in a folder's name

# Columns that are written as they are.
GALLERY = ("uuid", "name", "allows_training", "created_at")
FILTER = ("uuid", "name", "attrs", "match", "created_at")
MODEL = ("sha256", "name", "architecture", "thresholds", "reliability", "metrics")
PHOTO = (
    "uuid",
    "original_name",
    "sha256",
    "stored_sha256",
    "width",
    "height",
    "bytes",
    "created_at",
    "taken_at",
    "taken_offset",
    "color",
    "status",
    "failure",
    "analysed_at",
    "face_count",
)
BOX = ("x", "y", "w", "h")
FACE = ("uuid", *BOX, "angle", "detector", "score", *FIELDS)
ANSWER = ("attribute", "is_yes", "probability", "created_at")
PLACE = (*BOX, "is_face", "created_at")


def download_library(person: User) -> StreamingHttpResponse:
    """The ZIP file as a download."""
    return StreamingHttpResponse(
        library_chunks(person),
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="celebattr.zip"'},
    )


def library_chunks(person: User) -> Iterator[bytes]:
    """The ZIP file in pieces. What is in the trash is not in it."""
    galleries = list(Gallery.objects.owned_by(person).order_by("pk"))
    models = ModelVersion.objects.in_bulk()
    window = Window()
    with ZipFile(window, "w") as archive, TemporaryFile("w+b") as lines:
        for gallery in galleries:
            for photo, files in _store_files(archive, gallery, person):
                about = {"gallery": gallery.uuid, **files, **_photo(photo, models)}
                _write_line(lines, about)
                yield from window.take()
        add_file(archive, PHOTOS, lines)
        archive.writestr(LIBRARY, as_json(_about(person, galleries, models)), ZIP_DEFLATED)
        yield from window.take()
    yield from window.take()


def as_json(content: Any) -> str:
    """The content as JSON, with its times and uuids as text."""
    return json.dumps(content, default=_as_text, ensure_ascii=False)


def _as_text(value: datetime | UUID) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _store_files(
    archive: ZipFile, gallery: Gallery, person: User
) -> Iterator[tuple[Photo, dict[str, str]]]:
    """Each photo, oldest first, and where its picture and its original are; "" if nowhere."""
    folder, names = f"{NO_FOLDER.sub('_', gallery.name)} {str(gallery.uuid)[:8]}", Names()
    keys = Photo.objects.in_gallery(gallery).order_by("pk").values_list("pk", flat=True).iterator()
    while some := list(islice(keys, CHUNK)):
        photos = with_details(Photo.objects.filter(pk__in=some))
        for photo in photos.prefetch_related("box_corrections__person").order_by("pk"):
            name = NO_FOLDER.sub("_", names.take(photo.original_name))
            file, original, content = "", "", read_picture(photo)
            if content is not None:
                file = f"photos/{folder}/{name}"
                archive.writestr(entry(file, photo), content)
            if photo.gives_original_to(person):
                start = f"originals/{folder}/{without_ending(name)}"
                original = add_original(archive, start, photo)
            yield photo, {"file": file, "original": original}


def _photo(photo: Photo, models: dict[int, ModelVersion]) -> dict[str, Any]:
    version = photo.model_version
    faces = sorted(photo.faces.all(), key=lambda face: face.pk)
    places = sorted(photo.box_corrections.all(), key=lambda place: place.pk)
    return {
        **_values(photo, PHOTO),
        "model": version and version.sha256,
        "faces": [_face(face, models) for face in faces],
        "places": [_said(place, PLACE) for place in places],
    }


def _face(face: Face, models: dict[int, ModelVersion]) -> dict[str, Any]:
    answers = sorted(face.corrections.all(), key=lambda answer: answer.pk)
    return {
        **_values(face, FACE),
        "model": models[face.model_version_id].sha256,
        "answers": [_said(answer, ANSWER) for answer in answers],
    }


def _said(row: Correction | BoxCorrection, columns: Iterable[str]) -> dict[str, Any]:
    return {**_values(row, columns), "by": row.person and row.person.username}


def _about(
    person: User, galleries: list[Gallery], models: dict[int, ModelVersion]
) -> dict[str, Any]:
    filters = SavedFilter.objects.visible_to(person).filter(gallery__in=galleries)
    return {
        "format": FORMAT,
        "person": person.username,
        "made_at": timezone.now(),
        "galleries": [_values(gallery, GALLERY) for gallery in galleries],
        "filters": [
            {"gallery": row.gallery.uuid, **_values(row, FILTER)}
            for row in filters.with_gallery().order_by("pk")
        ],
        "models": [_values(model, MODEL) for model in models.values()],
    }


def _values(row: Model, columns: Iterable[str]) -> dict[str, Any]:
    return {column: getattr(row, column) for column in columns}


def _write_line(lines: IO[bytes], content: dict[str, Any]) -> None:
    lines.write(f"{as_json(content)}\n".encode())
