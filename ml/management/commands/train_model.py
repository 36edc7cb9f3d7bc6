"""manage.py train_model: train a network on a data set in CelebA's layout."""

import logging
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from django.conf import settings as site
from django.core.management.base import BaseCommand, CommandError

from ml.hardware.distributed import Group, group
from ml.hardware.interruption import Interruption
from ml.management.arguments import add_data_arguments, add_run_arguments
from ml.models import ModelVersion
from ml.networks.checkpoint import CheckpointError
from ml.training.data import Sources
from ml.training.lineage import runs_to_make, without_earlier
from ml.training.options import add_arguments
from ml.training.run import Run, run_folder
from ml.training.settings import Settings, make_settings
from ml.training.snapshots import has_snapshot, kept_arguments, load_snapshot


class Command(BaseCommand):
    # Where the faces come from: kept for --resume, each as texts that this type reads again.
    kept: dict[str, Callable[[str], Any]] = {
        "data_dir": Path,
        "partitions": Path,
        "exclude": Path,
        "rows": int,
        "attributes": str,
        "also": Path,
    }
    help = "Train a network on the train partition of a folder in CelebA's layout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_data_arguments(parser, required=False)
        add_run_arguments(parser, cache=site.VAR_DIR / "cache")
        add_arguments(parser, Settings)

    def handle(self, *, output: Path, **options: Any) -> None:
        logging.getLogger("ml").setLevel(logging.INFO)
        output, interruption = output.resolve(), Interruption()
        try:
            _check_not_in_use(output)
            with group() as processes:
                begun = load_snapshot(run_folder(output)) if options["resume"] else {}
                options = self._completed(options, output)
                for run in self._runs(output, processes, options, begun.get("settings")):
                    processes.wait()  # until the previous run has written the weights
                    with run.claimed():
                        self.train(run, interruption, options)
        except (InterruptedError, KeyboardInterrupt) as error:
            advice = "; add --resume to continue" if has_snapshot(run_folder(output)) else ""
            words = f"{str(error) or 'interrupted'}{advice}"
            raise CommandError(words, returncode=interruption.exit_code) from error
        except FloatingPointError as error:
            raise CommandError(f"{error}; try a smaller --learning-rate") from error
        except torch.OutOfMemoryError as error:
            raise CommandError(f"{error}; try a smaller --batch-size") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValueError as error:  # includes those of checkpoints, data sets and snapshots
            raise CommandError(str(error), returncode=2) from error

    def train(self, run: Run, interruption: Interruption, options: dict[str, Any]) -> None:
        """Train in this process of the group. The site's own command adds its data here."""
        run.train(interruption)

    def _completed(self, options: dict[str, Any], output: Path) -> dict[str, Any]:
        """The options; for --resume, those of the interrupted run where none are given.

        Raises:
            ValueError: there is no data set.
        """
        kept = kept_arguments(run_folder(output)) if options["resume"] else {}
        earlier = {name: _read(value, self.kept[name]) for name, value in kept.items()}
        options |= {name: value for name, value in earlier.items() if not options[name]}
        if options["data_dir"] is None:
            raise ValueError("--data-dir FOLDER is needed: it names the data set")
        return options

    def _runs(
        self, output: Path, processes: Group, options: dict[str, Any], begun: Any
    ) -> Iterator[Run]:
        """The run that was asked for, after those whose weights it begins with and which lack."""
        last = make_settings(options["config"], options, begun)
        lists = None if options["find_rate"] else options["config"]  # a rate is the last run's
        runs = runs_to_make(lists, last, output)
        for place, settings in runs:
            if options["dry_run"] and len(runs) > 1:  # the weights will not be there
                settings = without_earlier(settings)
            run = self._make_run(place, processes, options, settings)
            yield run if place == output else self._as_earlier(run)

    def _as_earlier(self, run: Run) -> Run:
        """A run that the last one begins with: it goes on where it was interrupted."""
        _check_not_in_use(run.output)
        if run.group.is_main:
            run.say(f"first the run that makes {run.output.name}, which {run.output.parent} lacks")
        return replace(run, resume=has_snapshot(run.folder), restart=False)

    def _make_run(
        self, output: Path, processes: Group, options: dict[str, Any], settings: Settings
    ) -> Run:
        return Run(
            output=output,
            sources=Sources(
                folder=options["data_dir"],
                partitions=options["partitions"],
                exclude=options["exclude"],
                rows=options["rows"],
                seed=settings.seed,
                attributes=tuple(options["attributes"]) or None,
                also=tuple(options["also"]),
            ),
            settings=settings,
            arguments={
                name: _as_text(options[name]) for name in self.kept if options[name] is not None
            },
            group=processes,
            cache=options["cache_dir"],
            say=self.stdout.write,
            resume=options["resume"],
            restart=options["restart"],
            force=options["force"],
            dry_run=options["dry_run"],
            find_rate=options["find_rate"],
            snapshot_seconds=options["snapshot_seconds"],
            tracker=options["tracker"],
            quiet=options["quiet"],
        )


def _as_text(value: Any) -> Any:
    """Texts, for JSON; of paths the absolute ones, since `--resume` may stand elsewhere."""
    if isinstance(value, (list, tuple)):
        return [_as_text(each) for each in value]
    return str(value.absolute() if isinstance(value, Path) else value)


def _read(text: Any, kind: Callable[[str], Any]) -> Any:
    return [kind(each) for each in text] if isinstance(text, list) else kind(text)


def _check_not_in_use(output: Path) -> None:
    active = ModelVersion.objects.active_if_any()
    if active and active.folder == str(output) and active.is_intact():
        raise CheckpointError(f"{output}: the site uses this model; name another folder")
    # A site that was not started yet has no active version, and will take this one.
    if output.is_relative_to(site.CHECKPOINT.resolve()) and site.CHECKPOINT.exists():
        raise CheckpointError(f"{output}: is the site's CHECKPOINT; name another folder")
