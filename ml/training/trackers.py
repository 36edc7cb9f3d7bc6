"""Experiment trackers, which are told the figures of each epoch.

They are packages that a user installs. What one writes and where is its own: `TRACKIO_DIR` and
`MLFLOW_TRACKING_URI` say so.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ml.evaluation.history import Row
from ml.facts import flatten

log = logging.getLogger(__name__)

Tracker = Callable[[Row], None]  # takes the row of an epoch
PACKAGES = {"tensorboard": "tensorboard", "trackio": "trackio", "mlflow": "mlflow"}
PROJECT = "celebattr"  # trackio's project and MLflow's experiment


def check_tracker(name: str) -> None:
    """Refuse a tracker that is not installed; "" is none.

    Raises:
        ValueError: there is no such tracker, or its package is not installed.
    """
    if name and name not in PACKAGES:
        raise ValueError(f"--tracker is one of {', '.join(PACKAGES)}, not {name!r}")
    if name and find_spec(PACKAGES[name]) is None:
        raise ValueError(f"--tracker {name}: install it first, with `pip install {PACKAGES[name]}`")


def tracker(
    name: str, output: Path, settings: Mapping[str, Any]
) -> AbstractContextManager[Tracker]:
    """A context that gives the tracker of that name, for the run that writes to `output`.

    Without a name, nobody is told anything.
    """
    if name == "tensorboard":
        return _tensorboard(output)
    if name == "trackio":
        return _trackio(output.name, settings)
    return _mlflow(output.name, settings) if name == "mlflow" else nullcontext(lambda row: None)


@contextmanager
def _tensorboard(output: Path) -> Iterator[Tracker]:
    folder = output.with_name(f"{output.name}.tensorboard")
    writer = import_module("torch.utils.tensorboard").SummaryWriter(str(folder))

    def write(values: dict[str, float], epoch: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, epoch)
        writer.flush()

    with writer:
        yield _telling(write)


@contextmanager
def _trackio(run: str, settings: Mapping[str, Any]) -> Iterator[Tracker]:
    trackio = import_module("trackio")
    # A run that is resumed goes on under its name.
    trackio.init(project=PROJECT, name=run, config=dict(settings), resume="allow", embed=False)
    try:
        yield _telling(lambda values, epoch: trackio.log(values, step=epoch))
    finally:
        trackio.finish()


@contextmanager
def _mlflow(run: str, settings: Mapping[str, Any]) -> Iterator[Tracker]:
    mlflow = import_module("mlflow")
    mlflow.set_experiment(PROJECT)
    with mlflow.start_run(run_name=run):
        mlflow.log_params({" ".join(name): value for name, value in flatten(settings)})
        yield _telling(lambda values, epoch: mlflow.log_metrics(values, step=epoch))


def _telling(write: Callable[[dict[str, float], int], object]) -> Tracker:
    """What hands over the known figures of a row. A tracker that fails does not end the run."""

    def tell(row: Row) -> None:
        try:
            write(
                {name: value for name, value in row.items() if value is not None}, int(row["epoch"])
            )
        except Exception as error:  # of another's package, or of a server: it may be any
            log.warning("the tracker was not told of epoch %d: %s", row["epoch"], error)

    return tell
