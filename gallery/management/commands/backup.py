"""manage.py backup: rows and pictures of the running site, in a folder of backups."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.operation.backup import take_backup
from gallery.operation.backups import BackupError
from gallery.storage import StorageError


class Command(BaseCommand):
    help = (
        "Back up the database, the pictures and the checkpoints into FOLDER, also while the site "
        "runs. Only pictures and originals that are not there yet are copied."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, help="keep only so many backups, the newest ones")

    def handle(self, *, folder: Path, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep takes a number from 1", returncode=2)
        try:
            backup, manifest = take_backup(folder, keep)
        except (BackupError, StorageError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}", returncode=2) from error
        rows = sum(table.rows for table in manifest.tables.values())
        self.stdout.write(
            f"{backup}: {rows} rows, {manifest.pictures} pictures, {manifest.originals} originals"
        )
        if manifest.lost:
            self.stderr.write(
                f"The pictures of {len(manifest.lost)} photos are gone or damaged on the site, and "
                "no backup here has them. See `manage.py verify`."
            )
        if manifest.lost_originals:
            self.stderr.write(
                f"So are the originals of {len(manifest.lost_originals)} photos."
                if manifest.lost
                else f"The originals of {len(manifest.lost_originals)} photos are gone or damaged "
                "on the site, and no backup here has them. See `manage.py verify`."
            )
