"""manage.py export_faces: a gallery's faces, or those that match a filter, as a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from gallery.audit import Kind, record
from gallery.exchange.card import Card
from gallery.exchange.formats import FORMATS, LABELS, Selection, labelled
from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Face, Gallery, Photo
from gallery.models.saved_filter import MATCHES
from gallery.storage import StorageError
from ml.files import replacing_file
from ml.models import ModelVersion


class Command(BaseCommand):
    help = "Write a gallery's faces as CSV, JSON lines, COCO, Parquet, or a data set in a ZIP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gallery", type=UUID, help="the gallery's id")
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument("--attrs", default="", help="a filter, e.g. Smiling,-Eyeglasses")
        parser.add_argument("--match", choices=MATCHES, default="any")
        parser.add_argument(
            "--labels", choices=LABELS, default="all", help="corrected: only faces with answers"
        )

    def handle(self, *, file: Path, format: str, **options: Any) -> None:
        version = ModelVersion.objects.active()
        if not FORMATS[format].is_offered:
            raise CommandError(f"pip install -r requirements-{format}.txt first", returncode=2)
        what = _selection(version, **options)
        try:
            with replacing_file(file) as partial, partial.open("wb") as out:
                for chunk in FORMATS[format].chunks(what):
                    out.write(chunk.encode() if isinstance(chunk, str) else chunk)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from error
        except StorageError as error:
            raise CommandError(str(error)) from error
        owner = Gallery.objects.get(uuid=options["gallery"]).owner
        record(Kind.EXPORTED, person=owner, about=f"by a command, as {format}")
        self.stdout.write(f"{file}: {file.stat().st_size} bytes")


def _selection(
    version: ModelVersion | None, gallery: UUID, attrs: str, match: str, labels: str, **rest: Any
) -> Selection:
    found = Gallery.objects.kept().filter(uuid=gallery).first()
    if found is None:
        raise CommandError(f"there is no gallery {gallery}", returncode=2)
    try:
        look = Look.of(attrs=attrs, match=match)
        look.check(found.owner)
    except FilterError as error:
        raise CommandError(f"--attrs: {error}", returncode=2) from error
    faces = look.faces(Face.objects.visible_to(found.owner).in_gallery(found), version)
    photos = look.photos(Photo.objects.visible_to(found.owner).in_gallery(found), version)
    card = Card.of(look, labels=labels, gallery=found, version=version)
    return Selection(labelled(faces, labels), photos, card)
