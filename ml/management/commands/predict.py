"""manage.py predict: the faces of picture files, and the probabilities of each."""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ml.engine import Engine, get_engine
from ml.evaluation.metrics import HALF
from ml.faces.boxes import WHOLE_PICTURE
from ml.faces.detectors import Detector, find_and_crop, load_detector
from ml.models import ModelVersion
from ml.networks.checkpoint import CheckpointError
from ml.prediction import BEST, BOX, Answer, Unreadable, answers, open_picture, rounded

Least = float | Mapping[str, float]  # the lowest probability to show, or each attribute's


class Command(BaseCommand):
    help = "Find the faces of picture files and predict the attributes of each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
        parser.add_argument("--best", action="store_true", help=f"the same as --threshold {BEST}")
        parser.add_argument(
            "--yes",
            action="store_true",
            help="show only attributes at or above the decision points of the checkpoint",
        )
        parser.add_argument(
            "--threshold", type=float, metavar="P", help="show only attributes at or above P"
        )
        parser.add_argument("--format", choices=("table", "json", "csv"), default="table")
        parser.add_argument(
            "--checkpoint",
            type=Path,
            help=f"by default the site's active model, or {settings.CHECKPOINT} if it has none",
        )
        parser.add_argument(
            "--yunet",
            type=Path,
            default=settings.YUNET_MODEL,
            metavar="FILE",
            help="YuNet's model file (YUNET_MODEL); without it, the built-in networks are used",
        )

    def handle(
        self, *, images: list[Path], checkpoint: Path | None, yunet: Path | None, **options: Any
    ) -> None:
        threshold = _threshold(options)
        if not 0 <= threshold <= 1:
            raise CommandError("--threshold must be a probability, from 0 to 1", returncode=2)
        if options["yes"] and threshold:
            raise CommandError("--yes takes no --threshold and no --best", returncode=2)
        try:
            engine, detector = self._engine(checkpoint), load_detector(yunet)
        except (CheckpointError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        least = engine.config.get("decision_points", HALF) if options["yes"] else threshold
        failed: list[str] = []
        found = _answers(engine, detector, images, failed)
        if options["format"] == "csv":
            self._csv(found, least, engine.attributes)
        else:
            write = {"table": self._table, "json": self._json}[options["format"]]
            write(found, least)
        if failed:
            raise CommandError("\n".join(failed), returncode=2)

    def _engine(self, checkpoint: Path | None) -> Engine:
        """The engine of the given checkpoint, else of the active version, else of CHECKPOINT.

        Raises:
            CheckpointError: the active version's folder now holds other weights.
        """
        active = None if checkpoint else ModelVersion.objects.active_if_any()
        folder = checkpoint or (Path(active.folder) if active else settings.CHECKPOINT)
        engine = get_engine(folder)
        if active and engine.sha256 != active.sha256:
            raise CheckpointError(
                f"{folder} no longer holds {active}; activate a model again, or name a --checkpoint"
            )
        which = f"{active}, active on the site" if active else f"{folder.resolve()}"
        self.stderr.write(f"Model: {which}", str)
        return engine

    def _table(self, answers: Iterator[Answer], least: Least) -> None:
        for answer in answers:
            where = " ".join(f"{side}={getattr(answer.box, side):.3f}" for side in BOX)
            is_whole = answer.box.detector == WHOLE_PICTURE.detector
            what = "no face found, the whole picture" if is_whole else where
            self.stdout.write(f"{answer.file}  face {answer.number}  {what}")
            for name, value in answer.above(least).items():
                self.stdout.write(f"  {name:<22}{value:7.1%}  {'█' * round(value * 30)}")

    def _json(self, answers: Iterator[Answer], least: Least) -> None:
        faces = [
            {
                "file": answer.file,
                "face": answer.number,
                "detector": answer.box.detector,
                **rounded({side: getattr(answer.box, side) for side in (*BOX, "angle")}),
                "probabilities": rounded(answer.above(least)),
            }
            for answer in answers
        ]
        self.stdout.write(json.dumps(faces, indent=2))

    def _csv(self, answers: Iterator[Answer], least: Least, attributes: tuple[str, ...]) -> None:
        writer = csv.writer(self.stdout)
        writer.writerow(["file", "face", *BOX, *attributes])
        for answer in answers:
            box = rounded({side: getattr(answer.box, side) for side in BOX}).values()
            kept = rounded(answer.above(least))
            cells = (kept.get(name, "") for name in attributes)
            writer.writerow([answer.file, answer.number, *box, *cells])


def _threshold(options: dict[str, Any]) -> float:
    """The lowest probability to show; 0 for all."""
    if options["threshold"] is None:
        return BEST if options["best"] else 0.0
    return float(options["threshold"])


def _answers(
    engine: Engine, detector: Detector, files: list[Path], failed: list[str]
) -> Iterator[Answer]:
    """The faces of each file in turn. A file that cannot be read adds the reason to `failed`."""
    for file in files:
        try:
            image = open_picture(file)
        except Unreadable as error:
            failed.append(f"{file}: {error}")
            continue
        yield from answers([(str(file), find_and_crop(image, detector))], engine)
