"""manage.py import_corrections: people's answers from a file, into a gallery."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from gallery.exchange.imports import import_corrections
from gallery.exchange.records import ImportFailed
from gallery.models import Gallery


class Command(BaseCommand):
    help = "Apply the answers of an export, or labels made elsewhere, to the photos of a gallery."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gallery", type=UUID, help="the gallery's id")
        parser.add_argument("file", type=Path, help="JSON lines of an export, a table, or COCO")

    def handle(self, *, gallery: UUID, file: Path, **options: Any) -> None:
        found = Gallery.objects.kept().filter(uuid=gallery).select_related("owner").first()
        if found is None:
            raise CommandError(f"there is no gallery {gallery}", returncode=2)
        try:
            with file.open("rb") as lines:
                imported = import_corrections(found, lines, found.owner)
        except (OSError, ImportFailed) as error:
            raise CommandError(f"{file}: {error}", returncode=2) from error
        for unmatched in imported.unmatched:
            self.stdout.write(f"line {unmatched.line}: {unmatched.reason}")
        self.stdout.write(
            f"{imported.applied} answers applied, {imported.drawn} faces drawn, "
            f"{imported.removed} removed, {imported.unchanged} unchanged, "
            f"{len(imported.unmatched)} lines unmatched"
        )
