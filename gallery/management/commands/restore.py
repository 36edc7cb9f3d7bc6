"""manage.py restore: a backup becomes this site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.models import Gallery
from gallery.operation.backups import BackupError
from gallery.operation.restore import find_backup, restore_backup
from gallery.storage import StorageError


class Command(BaseCommand):
    help = (
        "Restore FOLDER, one backup or the newest of a folder of backups, into this site, which "
        "must be empty and stopped. All of the backup is checked first."
    )
    requires_system_checks = ()  # the database may have no tables yet
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--force", action="store_true", help="replace what the site has")

    def handle(self, *, folder: Path, force: bool, **options: Any) -> None:
        try:
            backup = find_backup(folder)
            manifest = restore_backup(backup, force)
        except BackupError as error:
            raise CommandError(str(error), returncode=2) from error
        except StorageError as error:
            raise CommandError(str(error)) from error
        counts = {label: table.rows for label, table in manifest.tables.items()}
        galleries = Gallery.objects.real().count()  # not those that hold deleted photos
        self.stdout.write(
            f"Restored {backup}, of {manifest.made_at[:16]} UTC and CelebAttr {manifest.version}: "
            f"{counts['auth.user']} people, {galleries} galleries, "
            f"{manifest.pictures} pictures, {counts['gallery.face']} faces.\n"
            "API tokens work again. People log in again. Smaller pictures are made when they are "
            "first looked at."
        )
        if manifest.lost:
            self.stderr.write(f"{len(manifest.lost)} photos had already lost their picture.")
