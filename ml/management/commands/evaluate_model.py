"""manage.py evaluate_model: the metrics of a checkpoint on a partition."""

import json
import os
from argparse import ArgumentParser, BooleanOptionalAction
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ml.data.celeba import PARTITIONS, DatasetError, FaceSet, load_faces, read_celeba
from ml.evaluation.curves import plot_curves
from ml.evaluation.decisions import Thresholds, measure_promise
from ml.evaluation.fitting import decision_points
from ml.evaluation.frames import attributes_frame, groups_in_words
from ml.evaluation.groups import measure_groups
from ml.evaluation.metrics import HALF, METRICS, evaluate
from ml.evaluation.plots import plot_attributes, plot_calibration, plot_mistakes
from ml.hardware.devices import on_device
from ml.hardware.distributed import default_device
from ml.management.arguments import add_data_arguments
from ml.networks.checkpoint import CheckpointError, attributes_of, check_not_shipped
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint


class Command(BaseCommand):
    help = "Measure a checkpoint's network, as torch computes it, on a partition of a data set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_data_arguments(parser)
        parser.add_argument("--partition", choices=PARTITIONS, default="test")
        parser.add_argument("--checkpoint", type=Path, default=settings.CHECKPOINT)
        parser.add_argument(
            "--json",
            dest="json_file",
            type=Path,
            help="write the metrics to this file",
            metavar="FILE",
        )
        parser.add_argument(
            "--plots", type=Path, help="write plots and tables to this folder", metavar="FOLDER"
        )
        parser.add_argument(
            "--by",
            nargs="*",
            help="measure groups of faces, by their labels for these attributes; with none, only "
            "all faces; with intervals, for which people are resampled",
            metavar="ATTRIBUTE",
        )
        parser.add_argument(
            "--flip",
            action=BooleanOptionalAction,
            help="average over mirror images, or not; default: as the checkpoint says",
        )

    def handle(self, **options: Any) -> None:
        try:
            _check_json_file(options["json_file"])
            if options["plots"]:  # one of them shows faces
                check_not_shipped(options["plots"])
            model, config = load_checkpoint(options["checkpoint"])
            if options["flip"] is not None:
                config["flip_average"] = options["flip"]
            _check_groups(options["by"] or [], config["attributes"])
            faces = self._read(options, attributes_of(config))
            if options["plots"]:
                options["plots"].mkdir(parents=True, exist_ok=True)
            network = config["network"]
            pixels = load_faces(faces, network["size"], network["channels"], quiet=options["quiet"])
        except (CheckpointError, DatasetError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        device = default_device()
        probabilities = answer(on_device(model, device), config, pixels, device)
        names = faces.attributes
        metrics = evaluate(probabilities, faces.targets, decision_points(config), names)
        self._print_table(metrics, config.get("reliability", {}))
        thresholds = [Thresholds(**config["thresholds"][name]) for name in names]
        self.stdout.write(str(measure_promise(probabilities, faces.targets, thresholds)))
        if options["by"] is not None:
            groups = self._measure_groups(probabilities, faces, config, options["by"])
            metrics["groups"] = json.loads(groups.to_json(orient="index"))
        try:
            _write(options, config, metrics, pixels, probabilities, faces)
        except OSError as error:
            raise CommandError(str(error)) from error

    def _read(self, options: dict[str, Any], attributes: tuple[str, ...]) -> FaceSet:
        """The faces of the partition. What is skipped, and doubts about the data, are printed."""
        labeled = read_celeba(
            options["data_dir"],
            partitions=options["partitions"],
            exclude=options["exclude"],
            attributes=attributes,
        )
        for reason, count in labeled.skipped.items():
            self.stdout.write(f"{count} faces skipped: {reason}")
        faces = labeled.partition(options["partition"])
        # Without a partition file everything counts as test, training faces included.
        if len(faces) == len(labeled) and options["partitions"] is None:
            self.stderr.write(
                f"{options['data_dir']}: every face is in the {options['partition']} partition, "
                "including any that the model was trained on",
                str,
            )
        if faces.known is not None and not faces.known.all():
            raise DatasetError(
                f"{options['data_dir']}: the {options['partition']} partition has unknown labels; "
                "measure on another one"
            )
        if not len(faces):
            raise DatasetError(
                f"{options['data_dir']}: the {options['partition']} partition has no face with a "
                "picture on disk"
            )
        return faces

    def _print_table(self, metrics: dict[str, Any], grades: dict[str, dict[str, str]]) -> None:
        labels = {metric.key: metric.short for metric in METRICS}
        table = attributes_frame(metrics)[list(labels)].rename(columns=labels)
        if grades:
            table["grade"] = [grades.get(name, {}).get("grade", "-") for name in table.index]
        self.stdout.write(table.to_string(float_format="{:.4f}".format, na_rep="-"))
        self.stdout.write(f"{metrics['images']} images")
        for metric in METRICS:
            words = f"{metric.overall.replace('_', ' ')}: {_cell(metrics[metric.overall])}"
            if metric.overall in metrics.get("at_half", {}):
                words += f" (at 0.5: {_cell(metrics['at_half'][metric.overall])})"
            self.stdout.write(words)

    def _measure_groups(
        self, probabilities: np.ndarray, faces: FaceSet, config: dict[str, Any], by: list[str]
    ) -> pd.DataFrame:
        points = decision_points(config)
        groups = measure_groups(
            probabilities,
            faces.targets,
            config["attributes"],
            by,
            points=HALF if points is None else points,
            persons=faces.persons,
        )
        if faces.persons is None:
            self.stderr.write(
                "there is no identity_CelebA.txt: faces were resampled, not people, so intervals "
                "are too narrow where several faces are of one person",
                str,
            )
        self.stdout.write(
            f"By group, with intervals of 95 %:\n{groups_in_words(groups).to_string()}"
        )
        return groups


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _check_groups(by: list[str], attributes: list[str]) -> None:
    for name in by:
        if name not in attributes:
            near = get_close_matches(name, attributes, n=1)
            advice = f"; did you mean {near[0]}?" if near else ""
            raise DatasetError(f"--by: {name!r} is no attribute of this checkpoint{advice}")


def _check_json_file(path: Path | None) -> None:
    """Raise OSError if no file can be written there: before the work, not after it."""
    if path and (path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK)):
        raise OSError(f"--json: {path} cannot be written; name a file in an existing folder")


def _write(
    options: dict[str, Any],
    config: dict[str, Any],
    metrics: dict[str, Any],
    pixels: torch.Tensor,
    probabilities: np.ndarray,
    faces: FaceSet,
) -> None:
    targets = faces.targets
    if options["json_file"]:
        about = {
            "checkpoint": options["checkpoint"].resolve().name,
            "sha256": config["sha256"],
            "partition": options["partition"],
            "flip_average": config.get("flip_average", False),
            "decision_points": config.get("decision_points", HALF),
        }
        content = json.dumps({**about, **metrics}, indent=2, allow_nan=False)
        options["json_file"].write_text(content + "\n")
    if options["plots"]:
        attributes_frame(metrics).to_csv(options["plots"] / "attributes.csv")
        if groups := metrics.get("groups"):
            pd.DataFrame.from_dict(groups, orient="index").to_csv(options["plots"] / "groups.csv")
        points, names = decision_points(config), config["attributes"]
        at = np.full(len(names), HALF) if points is None else points
        plot_curves(probabilities, targets, names, at, options["plots"])
        plot_attributes(metrics, options["plots"])
        plot_calibration(probabilities, targets, options["plots"])
        plot_mistakes(pixels, probabilities, targets, options["plots"], faces.attributes)
