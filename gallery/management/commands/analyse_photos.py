"""manage.py analyse_photos: analyse photos again, with the model that is active now."""

import sys
import time
from argparse import ArgumentParser
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from gallery.analysis import jobs, reruns
from gallery.models import Face, Gallery, Photo
from gallery.models.photo import PhotoQuerySet
from ml.attributes import NAMES
from ml.models import ModelVersion

SAMPLE = 50  # photos
POLL_SECONDS = 2
PATIENCE = 30  # polls without a photo analysed
TOLD = 20  # faces that are named after --wait
COLUMNS = ("yes to no", "no to yes", "to unsure", "from unsure", "people's")


class Command(BaseCommand):
    help = (
        "Analyse photos again that another model version answered for, behind all uploads. Says "
        "first what would change of a sample. Stopped, it goes on where it was when run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--gallery", type=UUID, nargs="+", metavar="UUID", help="only these")
        parser.add_argument(
            "--all", action="store_true", help="each time also what the active version answered for"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--sample",
            type=int,
            default=SAMPLE,
            metavar="N",
            help=f"photos to tell the changes from, at first; else {SAMPLE}, 0 for none",
        )
        parser.add_argument(
            "--wait", action="store_true", help="stay until all are analysed; say what has changed"
        )
        parser.add_argument(
            "--report", action="store_true", help="only say which faces changed their answers"
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
            raise CommandError("--sample takes 0 or more photos", returncode=2)
        photos = Photo.objects.filter(gallery__in=galleries) if galleries else Photo.objects.all()
        wanted = photos.analysed_before()
        wanted = wanted if options["all"] else wanted.not_by(version)
        if self._is_wanted(wanted, version, options):
            queued = reruns.queue(wanted, version)
            self.stdout.write(f"{queued:,} photos wait to be analysed again.")
        if options["wait"]:
            self._wait(photos, version, galleries)

    def _is_wanted(
        self, photos: PhotoQuerySet, version: ModelVersion, options: dict[str, Any]
    ) -> bool:
        """Say what would change, and ask whether to begin."""
        count = photos.count()
        if not count:
            self.stdout.write(f"No photo is to be queued: all are {version}'s, or wait already.")
            return False
        if not options["yes"] and not sys.stdin.isatty():
            raise CommandError("there is no terminal to ask at; run it with --yes", returncode=2)
        if options["sample"]:
            self._preview(photos, options["sample"])
        if options["yes"]:
            return True
        if input(f"Analyse {count:,} photos again with {version}? [y/N] ").lower() in ("y", "yes"):
            return True
        self.stdout.write("Nothing was changed.")
        return False

    def _preview(self, photos: PhotoQuerySet, size: int) -> None:
        analyst = jobs.analyst()
        model = analyst.model.load()
        if model is None:
            raise CommandError("the active model cannot be used; nothing was changed")
        sampled, changes = reruns.preview(photos, size, analyst, model)
        self.stdout.write(f"A sample of {sampled} of these photos would change so:")
        self._tell(changes)

    def _wait(self, photos: PhotoQuerySet, version: ModelVersion, galleries: list[int]) -> None:
        waiting, told, polls = photos.pending().in_low_lane(), 0, 0
        try:
            while count := waiting.count():
                polls = polls + 1 if count == told else 0
                if not polls:
                    self.stdout.write(f"{count:,} photos wait")
                elif polls == PATIENCE:
                    self.stdout.write("None is analysed: is the worker running?")
                told = count
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            self.stdout.write("The worker goes on; `analyse_photos --report` says what changed.")
            raise
        if reruns.answers_path(version).exists():
            self._report(version, galleries, TOLD)
        if failed := photos.analysed_before().failed().count():
            raise CommandError(f"{failed:,} photos failed; their faces are as they were before")

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
            self.stdout.write("`analyse_photos --report` names the others too.")
        self._tell(changes)

    def _tell(self, changes: reruns.Changes) -> None:
        facts = {
            f"{changes.changed:,} of {changes.faces:,} faces answer otherwise": True,
            f"{changes.new:,} are new": changes.new,
            f"{changes.gone:,} are gone": changes.gone,
            f"{changes.waiting:,} wait": changes.waiting,
            f"{changes.unreadable:,} photos cannot be read": changes.unreadable,
        }
        self.stdout.write(", ".join(fact for fact, is_so in facts.items() if is_so))
        counts = {name: changes.of(name) for name in NAMES if any(changes.of(name))}
        if counts:
            self.stdout.write(_row("", COLUMNS))
        for name, numbers in counts.items():
            self.stdout.write(_row(name, (f"{number or '-'}" for number in numbers)))
        if changes.kept:
            self.stdout.write(f"People's own {changes.kept.total():,} answers stay.")


def _keys_of(galleries: list[UUID]) -> list[int]:
    """The galleries' keys; CommandError for one that is not there."""
    rows = Gallery.objects.filter(uuid__in=galleries).values_list("uuid", "pk")
    keys = dict(rows.iterator())
    for uuid in galleries:
        if uuid not in keys:
            raise CommandError(f"there is no gallery {uuid}", returncode=2)
    return list(keys.values())


def _row(name: str, cells: Any) -> str:
    return f"{name:<20}" + "".join(f"{cell:>13}" for cell in cells)


def _line(face: Face, moves: list[reruns.Move]) -> str:
    told = ", ".join(f"{name} {before} to {after}" for name, before, after in moves)
    return f"{face.uuid}  {face.photo.original_name}  {told}"
