"""TensorBoard is installed for the tests. trackio and MLflow are not: stand-ins note the calls."""

import logging
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from ml.training.trackers import check_tracker, tracker

ROW = {"epoch": 2, "loss": 0.5, "valid_balanced_accuracy": None}
SETTINGS = {"size": 32, "augmentation": {"flip": 0.5}}


@pytest.fixture
def calls(monkeypatch):
    """What a stand-in for each package was asked, by name and arguments."""
    noted = []

    def note(name):
        return lambda *given, **named: noted.append((name, *given, named)) or nullcontext()

    for package, names in (
        ("trackio", ("init", "log", "finish")),
        ("mlflow", ("set_experiment", "start_run", "log_params", "log_metrics")),
    ):
        stand_in = SimpleNamespace(**{name: note(name) for name in names})
        monkeypatch.setitem(sys.modules, package, stand_in)
    return noted


def test_tensorboard_gets_files_beside_the_checkpoint(tmp_path):
    with tracker("tensorboard", tmp_path / "out", SETTINGS) as tell:
        tell(ROW)

    assert list((tmp_path / "out.tensorboard").glob("events.out.tfevents.*"))


def test_trackio_is_told_the_settings_and_each_epoch(tmp_path, calls):
    with tracker("trackio", tmp_path / "out", SETTINGS) as tell:
        tell(ROW)

    (began, its), logged, ended = calls
    assert (began, its["name"], its["config"], its["resume"]) == ("init", "out", SETTINGS, "allow")
    assert logged == ("log", {"epoch": 2, "loss": 0.5}, {"step": 2})
    assert ended == ("finish", {})


def test_mlflow_is_told_the_settings_and_each_epoch(tmp_path, calls):
    with tracker("mlflow", tmp_path / "out", SETTINGS) as tell:
        tell(ROW)

    assert calls == [
        ("set_experiment", "celebattr", {}),
        ("start_run", {"run_name": "out"}),
        ("log_params", {"size": 32, "augmentation flip": 0.5}, {}),
        ("log_metrics", {"epoch": 2, "loss": 0.5}, {"step": 2}),
    ]


def test_a_tracker_that_fails_does_not_end_the_run(tmp_path, calls, monkeypatch, caplog):
    def away(*given, **named):
        raise ConnectionError("no server")

    monkeypatch.setattr(sys.modules["trackio"], "log", away)

    with caplog.at_level(logging.WARNING), tracker("trackio", tmp_path / "out", SETTINGS) as tell:
        tell(ROW)

    assert "the tracker was not told of epoch 2: no server" in caplog.text


def test_without_a_tracker_nobody_is_told(tmp_path, calls):
    with tracker("", tmp_path / "out", SETTINGS) as tell:
        tell(ROW)

    assert not calls


def test_a_tracker_that_is_not_installed_is_told_with_its_remedy(monkeypatch):
    monkeypatch.setattr("ml.training.trackers.find_spec", lambda package: None)

    with pytest.raises(ValueError, match="--tracker mlflow: install it.*`pip install mlflow`"):
        check_tracker("mlflow")


def test_an_unknown_tracker_is_refused():
    with pytest.raises(ValueError, match="one of tensorboard, trackio, mlflow, not 'wandb'"):
        check_tracker("wandb")
