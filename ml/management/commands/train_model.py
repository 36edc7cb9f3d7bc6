"""manage.py train_model: train a network on a data set in CelebA's layout."""

import copy
import logging
import shutil
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from django.conf import settings as site
from django.core.management.base import BaseCommand, CommandError
from torch import nn

from ml.data.cache import open_cache
from ml.data.celeba import DatasetError, FaceSet, read_celeba
from ml.hardware.distributed import Group, group, job
from ml.hardware.interruption import Interruption
from ml.hardware.throughput import measured_peak, training_flops
from ml.models import ModelVersion
from ml.networks.checkpoint import CheckpointError, check_output, read_config
from ml.training.batches import Faces
from ml.training.distillation import taught_targets
from ml.training.dry_run import describe_run
from ml.training.options import add_arguments
from ml.training.results import Reporter, blend, start_model, write_results
from ml.training.settings import AUGMENTATION, SETTINGS, Settings, read_settings
from ml.training.snapshots import (
    SnapshotError,
    check_same_run,
    has_snapshot,
    load_snapshot,
    run_lock,
)
from ml.training.trainer import Trainer

JOB = "job"  # file that names the torchrun job whose run it is


class Command(BaseCommand):
    help = "Train a network on the train partition of a folder in CelebA's layout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data-dir", type=Path, required=True)
        parser.add_argument("--output", type=Path, required=True, help="folder of the checkpoint")
        parser.add_argument("--partitions", type=Path, help="another list of partitions")
        parser.add_argument("--exclude", type=Path, help="list of pictures to leave out")
        parser.add_argument("--rows", type=int, help="use only so many training faces of it")
        parser.add_argument(
            "--also",
            type=Path,
            nargs="+",
            default=[],
            metavar="FOLDER",
            help="further folders in CelebA's layout, whose train partitions are added",
        )
        parser.add_argument("--cache-dir", type=Path, default=site.VAR_DIR / "cache")
        parser.add_argument("--config", type=Path, help="settings in JSON, or a config.json")
        interrupted = parser.add_mutually_exclusive_group()
        interrupted.add_argument("--resume", action="store_true", help="go on with it")
        interrupted.add_argument("--restart", action="store_true", help="drop an interrupted run")
        parser.add_argument(
            "--force", action="store_true", help="resume in spite of other data or settings"
        )
        parser.add_argument(
            "--snapshot-seconds", type=float, default=300.0, help="longest time between snapshots"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--tensorboard", action="store_true", help="write TensorBoard's files")
        parser.add_argument("--quiet", action="store_true", help="no progress bars")
        add_arguments(parser, Settings)

    def handle(self, *, output: Path, **options: Any) -> None:
        logging.getLogger("ml").setLevel(logging.INFO)
        interruption = Interruption()
        try:
            output = output.resolve()
            with group() as processes, _claimed(output, processes, options):
                self.train(output, processes, interruption, options)
        except (InterruptedError, KeyboardInterrupt) as error:
            advice = "; add --resume to go on" if has_snapshot(_run_folder(output)) else ""
            words = f"{str(error) or 'interrupted'}{advice}"
            raise CommandError(words, returncode=interruption.exit_code) from error
        except FloatingPointError as error:
            raise CommandError(f"{error}; try a smaller --learning-rate") from error
        except torch.OutOfMemoryError as error:
            raise CommandError(f"{error}; try a smaller --batch-size") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValueError as error:  # those of checkpoints, data sets and snapshots too
            raise CommandError(str(error), returncode=2) from error

    def train(
        self, output: Path, processes: Group, interruption: Interruption, options: dict[str, Any]
    ) -> None:
        """What the command does, in each process of the group."""
        settings, folder = _settings(options), _run_folder(output)
        also = _read_further(options["also"])
        labelled = self._read(processes, options, also)
        model, initialised = start_model(settings)
        if options["dry_run"]:
            self._say(processes, describe_run(model, settings, labelled, folder, processes))
            return
        resumes = _is_resumed(folder, processes, options)
        self._say(processes, f"weights: {initialised}; on {processes.size} x {processes.device}")
        start = copy.deepcopy(model.state_dict())
        sources = _sources(labelled, initialised, settings)
        faces = _decoded(labelled, settings, processes, options)
        trainer = _trainer(model, settings, sources, faces, processes, folder, options)
        if resumes:
            self._resume(trainer, options)
        board = output.with_name(f"{output.name}.tensorboard")
        reporter = Reporter(folder, board if options["tensorboard"] and processes.leads else None)
        with interruption:
            trained = trainer.run(interruption, reporter, quiet=options["quiet"])
        if processes.leads:
            blend(trained, start, settings.start_share)
            about = {"initialised": initialised, "data": _about(labelled, also, options)}
            words = write_results(output, trained, trainer, about)
            self.stdout.write(words)
            shutil.rmtree(folder)

    def _resume(self, trainer: Trainer, options: dict[str, Any]) -> None:
        state = load_snapshot(trainer.folder)
        check_same_run(state, trainer.state(), force=options["force"])
        trainer.load_state(state)
        self._say(trainer.group, f"resumed at epoch {trainer.epoch}, step {trainer.step}")

    def _read(
        self, processes: Group, options: dict[str, Any], also: dict[str, FaceSet]
    ) -> dict[str, FaceSet]:
        """The train and valid partitions on disk, described to the user."""
        found = read_celeba(
            options["data_dir"], partitions=options["partitions"], exclude=options["exclude"]
        )
        train, valid = found.partition("train"), found.partition("valid")
        if options["rows"] is not None:
            if options["rows"] < 1:
                raise ValueError(f"--rows is at least 1, not {options['rows']}")
            train = train.take(np.arange(min(options["rows"], len(train))))
        for name, part in (("train", train), ("valid", valid)):
            if not len(part):
                raise DatasetError(f"the {name} partition holds no face whose picture is on disk")
        self._say(processes, f"{len(train)} training and {len(valid)} valid faces")
        for reason, count in found.skipped.items():
            self._say(processes, f"{count} labelled faces skipped: {reason}")
        for name, part in also.items():
            self._say(processes, f"{len(part)} training faces more from {name}")
            train = train.joined(part)
        return {"train": train, "valid": valid}

    def _say(self, processes: Group, words: str) -> None:
        if processes.leads:
            self.stdout.write(words)


def _run_folder(output: Path) -> Path:
    """Where a run keeps what it needs until it has ended."""
    return output.with_name(f"{output.name}.run")


def _claimed(
    output: Path, processes: Group, options: dict[str, Any]
) -> AbstractContextManager[None]:
    """Check that a checkpoint may be written there, and keep other runs away meanwhile."""
    check_output(output)
    active = ModelVersion.objects.active_if_any()
    if active and active.folder == str(output) and active.is_intact():
        raise CheckpointError(
            f"{output}: the site answers with this model; name another folder for the new one"
        )
    is_run = processes.leads and not options["dry_run"]
    return run_lock(_run_folder(output)) if is_run else nullcontext()


def _read_further(folders: list[Path]) -> dict[str, FaceSet]:
    """The train partitions of further folders, by the names under which config.json has them."""
    also: dict[str, FaceSet] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in also:
            raise DatasetError(f"{folder}: there are two folders of that name; rename one")
        also[name] = read_celeba(folder).partition("train")
        if not len(also[name]):
            raise DatasetError(f"{folder}: its train partition holds no face")
    return also


def _settings(options: dict[str, Any]) -> Settings:
    """The defaults, changed by --config, where no flag says otherwise."""
    given = {name: options[name] for name in (*SETTINGS, *AUGMENTATION) if name in options}
    from_file = read_settings(options["config"]) if options["config"] else {}
    return Settings().changed({**from_file, **given})


def _is_resumed(folder: Path, processes: Group, options: dict[str, Any]) -> bool:
    """Whether the run goes on from a snapshot, as it does by itself where torchrun restarts it.

    Raises:
        SnapshotError: an interrupted run is there, and no flag says what becomes of it.
    """
    mark, here = folder / JOB, job()
    is_own = processes.shared(mark.is_file() and mark.read_text() == here)
    if options["resume"] or (is_own and has_snapshot(folder)):
        return True
    if has_snapshot(folder) and not options["restart"]:
        raise SnapshotError(
            f"{folder}: an interrupted run is here; go on with --resume, or drop it with --restart"
        )
    processes.wait()  # until everyone has looked
    if processes.leads:
        shutil.rmtree(folder, ignore_errors=True)
        if here:
            folder.mkdir(parents=True, exist_ok=True)
            mark.write_text(here)
    return False


def _trainer(
    model: nn.Module,
    settings: Settings,
    sources: dict[str, str],
    faces: dict[str, Faces],
    processes: Group,
    folder: Path,
    options: dict[str, Any],
) -> Trainer:
    flops = training_flops(model, settings.size, settings.channels)
    peak = measured_peak(processes.device, settings.precision) * processes.size
    return Trainer(
        *(model, settings, faces["train"], faces["valid"]),
        group=processes,
        folder=folder,
        data=sources,
        share_of_peak=flops / peak,
        snapshot_seconds=options["snapshot_seconds"],
    )


def _sources(labelled: dict[str, FaceSet], initialised: str, settings: Settings) -> dict[str, str]:
    """What the run is made of, by content wherever it lies: labels, first weights, teacher."""
    found = {name: part.fingerprint() for name, part in labelled.items()}
    if settings.teacher:
        found["teacher"] = read_config(Path(settings.teacher))["sha256"]
    return {**found, "weights": initialised.rsplit("sha256 ")[-1]}


def _decoded(
    labelled: dict[str, FaceSet], settings: Settings, processes: Group, options: dict[str, Any]
) -> dict[str, Faces]:
    """The faces of both partitions; the teacher has its say in the targets of the first."""
    cache, quiet = options["cache_dir"], options["quiet"] or not processes.leads
    faces = {
        name: Faces(
            open_cache(part, settings.size, settings.channels, cache, quiet=quiet),
            part.float_targets(),
        )
        for name, part in labelled.items()
    }
    if settings.teacher:
        teacher, share = Path(settings.teacher), settings.teacher_share
        targets = taught_targets(labelled["train"], teacher, share, cache, processes.device)
        faces["train"] = replace(faces["train"], targets=targets)
    return faces


def _about(
    labelled: dict[str, FaceSet], also: dict[str, FaceSet], options: dict[str, Any]
) -> dict[str, Any]:
    facts = {
        "folder": options["data_dir"].resolve().name,
        **{name: len(part) for name, part in labelled.items()},
        "skipped": labelled["train"].skipped,
        "fingerprint": labelled["train"].fingerprint(),
    }
    more = {
        name: {"train": len(part), "fingerprint": part.fingerprint()} for name, part in also.items()
    }
    return facts | ({"also": more} if more else {})
