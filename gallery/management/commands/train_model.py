"""manage.py train_model: ml's command, with the corrected faces of galleries added to the data."""

import shutil
import signal
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from gallery.exchange.celeba import write_corrected
from gallery.models import Face, Gallery
from gallery.models.answer import corrected
from gallery.storage import StorageError
from ml.hardware.interruption import Interruption, heeded
from ml.management.commands import train_model
from ml.training.run import Run

# A face with one answer adds a fortieth of a face's loss, and there are few of them.
WEIGHT, MOST = 10, 1000


class Command(train_model.Command):
    kept = {**train_model.Command.kept, "with_corrections": UUID, "corrections_weight": int}

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--with-corrections",
            type=UUID,
            nargs="+",
            default=[],
            metavar="GALLERY",
            help="learn from the corrected faces of these galleries too, whose owners allow it",
        )
        parser.add_argument(
            "--corrections-weight",
            type=int,
            metavar="N",
            help=f"how often an epoch shows each corrected face, 1 to {MOST}; default {WEIGHT}",
        )

    def train(self, run: Run, interruption: Interruption, options: dict[str, Any]) -> None:
        """Train with the galleries' corrected faces in a folder that lives as long as the run."""
        kind = "trial" if run.is_trial else "corrections"  # a run may be going on beside a trial
        folder = run.output.with_name(f"{run.output.name}.{kind}")
        if run.group.is_main:
            shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
        galleries = [_consenting(uuid) for uuid in dict.fromkeys(options["with_corrections"])]
        weight = _checked_weight(options["corrections_weight"], galleries)
        if not galleries:
            return super().train(run, interruption, options)
        deadly = set(heeded()) - {signal.SIGINT}  # they would end it without `finally`
        before = {number: signal.signal(number, _leave) for number in deadly}
        try:
            if run.group.is_main:
                for gallery in galleries:
                    _write(gallery, folder)
            run.group.wait()  # until the main process has written what the others read
            super().train(_with_corrections(run, galleries, folder, weight), interruption, options)
        finally:
            if run.group.is_main:
                shutil.rmtree(folder, ignore_errors=True)
            for number, handler in before.items():
                signal.signal(number, handler)


def _checked_weight(weight: int | None, galleries: list[Gallery]) -> int:
    if weight is None:
        return WEIGHT
    if not galleries:
        raise ValueError("--corrections-weight goes with --with-corrections")
    if not 1 <= weight <= MOST:
        raise ValueError(f"--corrections-weight is from 1 to {MOST}, not {weight}")
    return weight


def _with_corrections(run: Run, galleries: list[Gallery], folder: Path, weight: int) -> Run:
    """The same run with the galleries' faces.

    Pictures of people are not kept, so what is decoded from them is cached in that folder too.
    """
    sources = replace(
        run.sources,
        corrected=tuple(folder / _name(gallery) for gallery in galleries),
        corrections_weight=weight,
        origins=_origins(galleries),
    )
    return replace(run, sources=sources, cache=folder / "cache")


def _origins(galleries: list[Gallery]) -> dict[str, str]:
    """Which photos the corrected faces are cut from, by the SHA-256 of the uploaded file."""
    return {
        sha256: f"the photo {uuid} of the gallery {gallery.name}, with faces to learn from,"
        for gallery in galleries
        for sha256, uuid in corrected(Face.objects.in_gallery(gallery)).values_list(
            "photo__sha256", "photo__uuid"
        )
    }


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _consenting(uuid: UUID) -> Gallery:
    """The gallery; ValueError where there is none, or its owner does not allow it."""
    gallery = Gallery.objects.kept().filter(uuid=uuid).first()
    if gallery is None:
        raise ValueError(f"there is no gallery {uuid}")
    if not gallery.allows_training:
        raise ValueError(
            f"the owner of the gallery {gallery.name} ({uuid}) has not allowed that models learn "
            "from it: ask for it, which is a tick on the gallery's page, or leave the gallery out"
        )
    return gallery


def _write(gallery: Gallery, folder: Path) -> None:
    try:
        count = write_corrected(Face.objects.in_gallery(gallery), folder / _name(gallery))
    except StorageError as error:
        raise ValueError(str(error)) from error
    if not count:
        raise ValueError(f"no face of the gallery {gallery.name} ({gallery.uuid}) was corrected")


def _name(gallery: Gallery) -> str:
    return f"corrections-{gallery.uuid}"
