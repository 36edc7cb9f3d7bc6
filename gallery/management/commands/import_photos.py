"""manage.py import_photos: the pictures in folders of this machine become photos."""

import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.db.models import QuerySet

from gallery import storage
from gallery.checks import SITE
from gallery.management.owner import owner_called
from gallery.models import Gallery, Photo
from gallery.storage import StorageError
from gallery.uploads.adding import add_photo
from gallery.uploads.folders import (
    files_in,
    is_picture,
    legible,
    read_picture,
    sha256_of,
    signature,
)
from gallery.uploads.gate import upload_sha256
from gallery.uploads.pictures import UploadError
from gallery.uploads.quota import QuotaError

LOOK_EVERY = 5  # seconds between two looks at watched folders
SAY_EVERY = 5  # seconds between two lines of progress
LONGEST = 100  # characters of a gallery's name
ASKED_ABOUT = 100  # files whose hashes are looked up together
AGAIN = "What was imported stays. Run the same command again to go on."

Signatures = dict[Path, tuple[int, int]]


class Command(BaseCommand):
    help = (
        "Import the pictures in folders of this machine. A gallery keeps the same file only once, "
        "so the command can be stopped and run again."
    )
    requires_system_checks = (SITE,)  # Django's own checks import every page, which is slow

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
        self.folders = folder
        self.gallery_name: str | None = options["gallery"]
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
        said, left = time.monotonic(), list(paths)
        for start in range(0, len(left), ASKED_ABOUT):
            some = left[start : start + ASKED_ABOUT]
            known = self._known_among(some)
            for path in some:
                self.counts["known" if path in known else self._take_or_name(path)] += 1
                if time.monotonic() - said > SAY_EVERY:
                    self._say_counts()
                    said = time.monotonic()

    def _known_among(self, paths: Sequence[Path]) -> set[Path]:
        """The files that their galleries already have, with pictures; one query for many files."""
        hashes: defaultdict[str, dict[Path, str]] = defaultdict(dict)
        for path in paths:
            hashes[self._name_for(path)][path] = sha256_of(path)
        known: set[Path] = set()
        for name, by_path in hashes.items():
            photos = Photo.objects.filter(gallery__in=self._galleries_called(name))
            uuids = photos.with_hashes(by_path.values())
            there = {
                sha256
                for sha256, uuid in uuids.items()
                if storage.exists(Photo(uuid=uuid).file_name())
            }
            known |= {path for path, sha256 in by_path.items() if sha256 in there}
        return known

    def _take_or_name(self, path: Path) -> str:
        """Import a file, and write the reason if it is refused. Returns the outcome."""
        try:
            return self._take(path)
        except QuotaError:
            raise
        except UploadError as error:
            self.stderr.write(f"{_shown(path)}: {error}")
            return "refused"

    def _take(self, path: Path) -> str:
        """Import a file, or only look at it; "new" or "known"."""
        upload = read_picture(path)
        name = self._name_for(path)
        if self.is_dry:
            return "known" if self._knows(name, upload) else "new"
        if name not in self.galleries:
            self.galleries[name] = self._gallery(name)
        _, is_new = add_photo(self.galleries[name], upload)
        return "new" if is_new else "known"

    def _knows(self, name: str, upload: UploadedFile) -> bool:
        galleries = self._galleries_called(name)
        return galleries.filter(photos__sha256=upload_sha256(upload)).exists()

    def _galleries_called(self, name: str) -> QuerySet[Gallery]:
        return Gallery.objects.kept().filter(owner=self.owner, name=name)

    def _name_for(self, path: Path) -> str:
        """The gallery's name: the one that was given, or one made from the folders of the file."""
        if self.gallery_name:
            return self.gallery_name
        root = next(each for each in self.folders if path.is_relative_to(each))
        inner = path.parent.relative_to(root).parts
        return legible(" / ".join(inner) or root.resolve().name)[-LONGEST:]

    def _gallery(self, name: str) -> Gallery:
        found = self._galleries_called(name).first()
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
