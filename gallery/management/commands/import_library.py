"""manage.py import_library: what somebody downloaded as their whole library, put back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.exchange.library_import import import_library
from gallery.exchange.records import ImportFailed
from gallery.management.owner import owner_called
from gallery.storage import StorageError
from gallery.uploads.quota import QuotaError


class Command(BaseCommand):
    help = (
        "Add a downloaded library to what a person has: galleries, photos, faces, answers and "
        "saved filters. A gallery keeps the same file only once, so this can be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the ZIP file of the account page")
        parser.add_argument("--owner", metavar="NAME", help="needed if the site has several people")

    def handle(self, *, file: Path, owner: str | None, **options: Any) -> None:
        try:
            imported = import_library(file, owner_called(owner))
        except (OSError, ImportFailed) as error:
            raise CommandError(f"{file}: {error}", returncode=2) from error
        except (QuotaError, StorageError) as error:
            words = "What was imported stays. Run the same command again to go on."
            raise CommandError(f"{error} {words}") from error
        for problem in imported.problems:
            self.stdout.write(problem)
        self.stdout.write(f"{imported.photos:,} photos are new, {imported.known:,} were there.")
        if imported.problems:
            raise CommandError(f"{len(imported.problems):,} photos could not be imported.")
