"""manage.py train_model: ml's own, with what people said of the faces in galleries."""

import shutil
import signal
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from gallery.exchange.celeba import write_corrected
from gallery.models import Face, Gallery
from ml.hardware.distributed import Group
from ml.hardware.interruption import Interruption
from ml.management.commands import train_model


class Command(train_model.Command):
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

    def train(
        self, output: Path, processes: Group, interruption: Interruption, options: dict[str, Any]
    ) -> None:
        """Train with the galleries' corrected faces in a folder that lives as long as the run."""
        kind = "trial" if options["dry_run"] else "corrections"  # a run may go on beside a trial
        folder = output.with_name(f"{output.name}.{kind}")
        if processes.leads:
            shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
        galleries = [_consenting(uuid) for uuid in dict.fromkeys(options["with_corrections"])]
        if not galleries:
            return super().train(output, processes, interruption, options)
        before = signal.signal(signal.SIGTERM, _leave)  # by way of `finally`
        try:
            if processes.leads:
                for gallery in galleries:
                    _write(gallery, folder)
            processes.wait()
            # Pictures of people are not kept: neither the crops nor what is decoded from them.
            options["cache_dir"] = folder / "cache"
            options["also"] = [*options["also"], *(folder / _name(each) for each in galleries)]
            super().train(output, processes, interruption, options)
        finally:
            if processes.leads:
                shutil.rmtree(folder, ignore_errors=True)
            signal.signal(signal.SIGTERM, before)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _consenting(uuid: UUID) -> Gallery:
    """The gallery; ValueError where there is none, or its owner does not allow it."""
    gallery = Gallery.objects.filter(uuid=uuid).first()
    if gallery is None:
        raise ValueError(f"there is no gallery {uuid}")
    if not gallery.allows_training:
        raise ValueError(
            f"the owner of the gallery {gallery.name} ({uuid}) has not allowed that models learn "
            "from it: ask for it, which is a tick on the gallery's page, or leave the gallery out"
        )
    return gallery


def _write(gallery: Gallery, folder: Path) -> None:
    if not write_corrected(Face.objects.in_gallery(gallery), folder / _name(gallery)):
        raise ValueError(f"no face of the gallery {gallery.name} ({gallery.uuid}) was corrected")


def _name(gallery: Gallery) -> str:
    return f"corrections-{gallery.uuid}"
