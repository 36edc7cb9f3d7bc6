"""manage.py hash_photos: compute the likeness of photos from before 0.3, for near duplicates."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.library.likeness import add_likeness
from gallery.storage import StorageError


class Command(BaseCommand):
    help = (
        "Read the stored pictures of photos that were uploaded before near duplicates were looked "
        "for, so that they are found, too. The daily sweep does the same, some at a time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = add_likeness()
        except StorageError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} photos can be compared now")
