"""manage.py verify: whether rows and stored files fit together."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.operation.verify import verify
from gallery.storage import StorageError


class Command(BaseCommand):
    help = (
        "Compare the photos' rows with the stored files: what is gone, changed or left over. Ends "
        "with 1 if something is wrong that was not mended."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="make smaller pictures again, delete files of no photo, and mark photos whose "
            "picture or original is gone: whoever uploads the same file again brings it back",
        )
        parser.add_argument(
            "--quick", action="store_true", help="only see whether pictures are there; read none"
        )

    def handle(self, *, repair: bool, quick: bool, **options: Any) -> None:
        found = mended = 0
        try:
            for finding in verify(repair, quick):
                found += 1
                mended += finding.mended
                words = [finding.about, finding.wrong, finding.done]
                self.stdout.write(": ".join(filter(None, words)))
        except StorageError as error:
            raise CommandError(str(error)) from error
        if found > mended:
            hint = "" if repair else "; --repair mends what it can"
            raise CommandError(f"{found - mended} of {found} findings remain{hint}")
        self.stdout.write(f"{mended} findings mended" if found else "All photos have their files.")
