"""The runs that lead to a checkpoint: each begins with the weights of the one before it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ml.networks.checkpoint import CheckpointError, read_config
from ml.training.settings import Settings, read_earlier


def runs_to_make(file: Path | None, last: Settings, output: Path) -> list[tuple[Path, Settings]]:
    """The runs still to be made, in order, each with the folder of its checkpoint.

    A recipe or config.json lists the earlier runs. One of them is made, into the folder that the
    next one names as its weights, if nothing is there.

    Raises:
        ValueError: the file cannot be read, or an earlier run's settings are not allowed.
    """
    runs = [(output, last)]
    for settings in reversed(read_earlier(file) if file else []):
        weights = runs[0][1].weights
        if not weights or Path(weights).exists():
            break
        runs.insert(0, (Path(weights).resolve(), settings))
    return runs


def earlier_runs(settings: Settings) -> list[dict[str, Any]]:
    """The settings of the runs that led to a run's initial weights, the first one first."""
    folder = Path(settings.weights)
    try:
        config = read_config(folder.parent if folder.is_file() else folder)
    except CheckpointError:  # no checkpoint's weights, or none at all
        return []
    runs: list[dict[str, Any]] = config.get("earlier", [])
    return [*runs, config["training"]] if "training" in config else runs


def without_earlier(settings: Settings) -> Settings:
    """The same run from random weights: what it costs can be told before they are there."""
    return replace(settings, weights="", weights_sha256="", start_share=0.0, frozen_layers=0)
