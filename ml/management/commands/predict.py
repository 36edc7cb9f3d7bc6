"""manage.py predict: the faces of picture files, and the 40 probabilities of each."""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from ml.attributes import NAMES
from ml.engine import Engine, get_engine, score
from ml.faces.boxes import WHOLE_PICTURE, FaceBox
from ml.faces.detectors import Detector, find_and_crop, load_detector
from ml.models import ModelVersion
from ml.networks.checkpoint import CheckpointError
from ml.preprocessing import flattened

BEST = 0.75
BOX = ("x", "y", "w", "h")


@dataclass(frozen=True)
class Answer:
    """One face of one file; `number` counts the file's faces from 1, largest first."""

    file: str
    number: int
    box: FaceBox
    probabilities: dict[str, float]

    def above(self, threshold: float) -> dict[str, float]:
        """The attributes at or above the threshold, the most probable first."""
        ranked = sorted(self.probabilities.items(), key=lambda pair: -pair[1])
        return {name: value for name, value in ranked if value >= threshold}


class Command(BaseCommand):
    help = "Find the faces of picture files and predict the 40 attributes of each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
        parser.add_argument("--best", action="store_true", help=f"the same as --threshold {BEST}")
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
        try:
            engine, detector = self._engine(checkpoint), load_detector(yunet)
        except (CheckpointError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        failed: list[str] = []
        answers = _answers(engine, detector, images, failed)
        write = {"table": self._table, "json": self._json, "csv": self._csv}[options["format"]]
        write(answers, threshold)
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

    def _table(self, answers: Iterator[Answer], threshold: float) -> None:
        for answer in answers:
            where = " ".join(f"{side}={getattr(answer.box, side):.3f}" for side in BOX)
            is_whole = answer.box.detector == WHOLE_PICTURE.detector
            what = "no face found, the whole picture" if is_whole else where
            self.stdout.write(f"{answer.file}  face {answer.number}  {what}")
            for name, value in answer.above(threshold).items():
                self.stdout.write(f"  {name:<22}{value:7.1%}  {'█' * round(value * 30)}")

    def _json(self, answers: Iterator[Answer], threshold: float) -> None:
        faces = [
            {
                "file": answer.file,
                "face": answer.number,
                "detector": answer.box.detector,
                **_rounded({side: getattr(answer.box, side) for side in (*BOX, "angle")}),
                "probabilities": _rounded(answer.above(threshold)),
            }
            for answer in answers
        ]
        self.stdout.write(json.dumps(faces, indent=2))

    def _csv(self, answers: Iterator[Answer], threshold: float) -> None:
        writer = csv.writer(self.stdout)
        writer.writerow(["file", "face", *BOX, *NAMES])
        for answer in answers:
            box = _rounded({side: getattr(answer.box, side) for side in BOX}).values()
            kept = _rounded(answer.above(threshold))
            cells = (kept.get(name, "") for name in NAMES)
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
    register_heif_opener()
    for file in files:
        try:
            with Image.open(file) as opened:
                image = flattened(ImageOps.exif_transpose(opened)).convert("RGB")
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            reason = "not a picture" if isinstance(error, UnidentifiedImageError) else error
            failed.append(f"{file}: {reason}")
            continue
        (scores,) = score([find_and_crop(image, detector)], engine)
        for number, (box, row) in enumerate(scores.items(), 1):
            yield Answer(
                file=str(file),
                number=number,
                box=box,
                probabilities=dict(zip(NAMES, row.tolist(), strict=True)),
            )


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
