"""manage.py import_photos: the pictures in folders of this machine become photos."""

import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from gallery.management.owner import owner_called
from gallery.models import Gallery
from gallery.storage import StorageError
from gallery.uploads.adding import add_photo
from gallery.uploads.folders import files_in, is_picture, legible, read_picture, signature
from gallery.uploads.gate import upload_sha256
from gallery.uploads.pictures import UploadError
from gallery.uploads.quota import QuotaError

LOOK_EVERY = 5  # seconds between two looks at watched folders
SAY_EVERY = 5  # seconds between two lines of progress
LONGEST = 100  # characters of a gallery's name
AGAIN = "What was imported stays. Run the same command again to go on."

Signatures = dict[Path, tuple[int, int]]


class Command(BaseCommand):
    help = (
        "Import the pictures in folders of this machine. A gallery keeps the same file only once, "
        "so the command can be stopped and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="+", type=Path)
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--gallery", metavar="NAME", help="it is made if it does not exist")
        where.add_argument(
            "--by-folder", action="store_true", help="a gallery for each folder, with its name"
        )
        parser.add_argument("--owner", metavar="NAME", help="needed if the site has several people")
        parser.add_argument("--dry-run", action="store_true", help="only say what is new")
        parser.add_argument("--watch", action="store_true", help="go on, and import what is added")

    def handle(self, *, folder: list[Path], **options: Any) -> None:
        for each in folder:
            if not each.is_dir():
                raise CommandError(f"{_shown(each)} is not a folder.", returncode=2)
        if options["watch"] and options["dry_run"]:
            raise CommandError("Give --watch or --dry-run, not both.", returncode=2)
        self.folders, self.gallery_name = folder, options["gallery"]
        self.owner, self.is_dry = owner_called(options["owner"]), options["dry_run"]
        self.galleries: dict[str, Gallery] = {}
        self.counts: Counter[str] = Counter()
        try:
            self._import(is_watching=options["watch"])
        except (QuotaError, StorageError) as error:
            raise CommandError(f"{error} {AGAIN}") from error
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}. {AGAIN}") from error
        finally:
            self._say_counts()
        if self.counts["refused"]:
            raise CommandError(f"{self.counts['refused']:,} files were refused, as said above.")

    def _import(self, is_watching: bool) -> None:
        now = self._look()
        done = dict(now)
        self._take_all(now)
        while is_watching:
            time.sleep(LOOK_EVERY)
            before, now = now, self._look()
            # A file that is still being copied grows from one look to the next.
            new = {
                path: sign
                for path, sign in now.items()
                if sign == before.get(path) and sign != done.get(path)
            }
            self._take_all(new)
            done |= new

    def _look(self) -> Signatures:
        files = [path for each in self.folders for path in files_in(each)]
        pictures = {path: signature(path) for path in files if is_picture(path)}
        self.counts["left out"] = len(files) - len(pictures)
        return pictures

    def _take_all(self, paths: Iterable[Path]) -> None:
        said = time.monotonic()
        for path in paths:
            try:
                self.counts[self._take(path)] += 1
            except QuotaError:
                raise
            except UploadError as error:
                self.counts["refused"] += 1
                self.stderr.write(f"{_shown(path)}: {error}")
            if time.monotonic() - said > SAY_EVERY:
                self._say_counts()
                said = time.monotonic()

    def _take(self, path: Path) -> str:
        """Import a file, or only look at it; "new" or "known"."""
        upload = read_picture(path)
        name = self.gallery_name or self._name_by_folder(path)
        if self.is_dry:
            return "known" if self._knows(name, upload) else "new"
        if name not in self.galleries:
            self.galleries[name] = self._gallery(name)
        _, is_new = add_photo(self.galleries[name], upload)
        return "new" if is_new else "known"

    def _knows(self, name: str, upload: UploadedFile) -> bool:
        galleries = Gallery.objects.kept().filter(owner=self.owner, name=name)
        return galleries.filter(photos__sha256=upload_sha256(upload)).exists()

    def _name_by_folder(self, path: Path) -> str:
        """The folders that lead to a file, or the name of the one that was given."""
        root = next(each for each in self.folders if path.is_relative_to(each))
        inner = path.parent.relative_to(root).parts
        return legible(" / ".join(inner) or root.resolve().name)[-LONGEST:]

    def _gallery(self, name: str) -> Gallery:
        found = Gallery.objects.kept().filter(owner=self.owner, name=name).first()
        if found:
            return found
        gallery = Gallery(owner=self.owner, name=name)
        try:
            gallery.full_clean()
        except ValidationError as error:
            words = " ".join(error.messages)
            raise CommandError(
                f"No gallery can be called {name!r}: {words}", returncode=2
            ) from error
        gallery.save()
        return gallery

    def _say_counts(self) -> None:
        new = "would be new" if self.is_dry else "new"
        self.stdout.write(
            f"{self.counts['new']:,} {new}, {self.counts['known']:,} already there, "
            f"{self.counts['refused']:,} refused, "
            f"{self.counts['left out']:,} left out: not named like pictures"
        )


def _shown(path: Path) -> str:
    """A path for a terminal: what would steer it is escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in legible(str(path)))
