"""manage.py analyse_photos: analyze photos again, with the active model."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from gallery.analysis import jobs, reruns
from gallery.models import Face, Gallery, Photo
from gallery.models.photo import PhotoQuerySet
from gallery.storage import StorageError
from ml.attributes import NAMES
from ml.models import ModelVersion

SAMPLE = 50  # photos
POLL_SECONDS = 2
PATIENCE = 30  # polls without progress, before it asks whether the worker runs
LISTED = 20  # faces after --wait
COLUMNS = ("yes to no", "no to yes", "to unsure", "from unsure", "people's")


class Command(BaseCommand):
    help = (
        "Analyze photos again that were analyzed by another model version, after all uploads. "
        "First shows what would change in a sample. If it is interrupted, run it again: it goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--gallery", type=UUID, nargs="+", metavar="UUID", help="only these galleries"
        )
        parser.add_argument(
            "--all", action="store_true", help="also photos analyzed by the active version"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--sample",
            type=int,
            default=SAMPLE,
            metavar="N",
            help=f"photos in the sample (default {SAMPLE}); 0 for no sample",
        )
        parser.add_argument(
            "--wait", action="store_true", help="wait for the worker, then show what has changed"
        )
        parser.add_argument(
            "--report", action="store_true", help="only list the faces that have changed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        version = ModelVersion.objects.active()
        if version is None:
            raise CommandError("no model is active; run `manage.py activate_model FOLDER`")
        galleries = _keys_of(options["gallery"] or [])
        if options["report"]:
            self._report(version, galleries)
            return
        if options["sample"] < 0:
            raise CommandError("--sample must be 0 or more", returncode=2)
        photos = Photo.objects.filter(gallery__in=galleries) if galleries else Photo.objects.all()
        wanted = photos.analysed_before()
        wanted = wanted if options["all"] else wanted.not_by(version)
        if self._is_wanted(wanted, version, options):
            queued = reruns.queue(wanted, version)
            self.stdout.write(f"{queued:,} photos wait to be analyzed again.")
        if options["wait"]:
            self._wait(photos, version, galleries)

    def _is_wanted(
        self, photos: PhotoQuerySet, version: ModelVersion, options: dict[str, Any]
    ) -> bool:
        """Show what would change, and ask whether to begin."""
        count = photos.count()
        if not count:
            self.stdout.write(f"Nothing to queue: all photos are {version}'s, or wait already.")
            return False
        if not options["yes"] and not sys.stdin.isatty():
            raise CommandError("no terminal to ask at; run it with --yes", returncode=2)
        if options["sample"]:
            self._preview(photos, options["sample"])
        if options["yes"]:
            return True
        if input(f"Analyze {count:,} photos again with {version}? [y/N] ").lower() in ("y", "yes"):
            return True
        self.stdout.write("Nothing was changed.")
        return False

    def _preview(self, photos: PhotoQuerySet, size: int) -> None:
        analyst = jobs.analyst()
        model = analyst.model.load()
        if model is None:
            raise CommandError("the active model cannot be used; nothing was changed")
        try:
            sampled, changes = reruns.preview(photos, size, analyst, model)
        except StorageError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"In a sample of {sampled} of these photos:")
        self._summarize(changes)

    def _wait(self, photos: PhotoQuerySet, version: ModelVersion, galleries: list[int]) -> None:
        waiting, previous, polls = photos.pending().in_low_lane(), 0, 0
        try:
            while count := waiting.count():
                polls = polls + 1 if count == previous else 0
                if not polls:
                    self.stdout.write(f"{count:,} photos wait")
                elif polls == PATIENCE:
                    self.stdout.write("No photo was analyzed: is the worker running?")
                previous = count
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            self.stdout.write("The worker goes on; `analyse_photos --report` shows what changed.")
            raise
        if reruns.answers_path(version).exists():
            self._report(version, galleries, LISTED)
        if failed := photos.analysed_before().failed().count():
            raise CommandError(f"{failed:,} photos failed; their faces are unchanged")

    def _report(self, version: ModelVersion, galleries: list[int], most: int | None = None) -> None:
        changes = reruns.Changes()
        changed = reruns.report(version, changes, galleries)
        try:
            for face, moves in islice(changed, most):
                self.stdout.write(_line(face, moves))
            for _ in changed:  # the rest is only counted
                pass
        except FileNotFoundError:
            raise CommandError(
                f"nothing was queued since {version} was activated", returncode=2
            ) from None
        if most is not None and changes.changed > most:
            self.stdout.write("`analyse_photos --report` lists the others too.")
        self._summarize(changes)

    def _summarize(self, changes: reruns.Changes) -> None:
        others = (
            (changes.new, "are new"),
            (changes.gone, "are gone"),
            (changes.waiting, "wait"),
            (changes.unreadable, "photos cannot be read"),
        )
        facts = [f"{changes.changed:,} of {changes.faces:,} faces changed"]
        facts += [f"{count:,} {words}" for count, words in others if count]
        self.stdout.write(", ".join(facts))
        counts = {name: changes.of(name) for name in NAMES if any(changes.of(name))}
        if counts:
            self.stdout.write(_row("", COLUMNS))
        for name, numbers in counts.items():
            self.stdout.write(_row(name, (f"{number or '-'}" for number in numbers)))
        if changes.kept:
            self.stdout.write(f"People's {changes.kept.total():,} answers stay.")


def _keys_of(galleries: list[UUID]) -> list[int]:
    """The galleries' keys.

    Raises:
        CommandError: a gallery does not exist.
    """
    rows = Gallery.objects.kept().filter(uuid__in=galleries).values_list("uuid", "pk")
    keys = dict(rows)
    for uuid in galleries:
        if uuid not in keys:
            raise CommandError(f"there is no gallery {uuid}", returncode=2)
    return list(keys.values())


def _row(name: str, cells: Iterable[str]) -> str:
    return f"{name:<20}" + "".join(f"{cell:>13}" for cell in cells)


def _line(face: Face, moves: list[reruns.Move]) -> str:
    words = ", ".join(f"{name} {before} to {after}" for name, before, after in moves)
    return f"{face.uuid}  {face.photo.original_name}  {words}"
