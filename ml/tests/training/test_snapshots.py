import pickle
import resource
from contextlib import contextmanager
from threading import Event

import pytest
import torch

from ml.training import snapshots
from ml.training.snapshots import (
    SNAPSHOT,
    SnapshotError,
    SnapshotWriter,
    check_same_run,
    has_snapshot,
    keep_arguments,
    kept_arguments,
    load_snapshot,
    save_snapshot,
)

STATE = {"model": {"weight": torch.ones(3)}, "position": [2, 5], "history": [{"loss": 0.5}]}


def test_a_snapshot_is_read_back_as_it_was_saved(tmp_path):
    save_snapshot(tmp_path / "run", STATE)

    state = load_snapshot(tmp_path / "run")

    assert torch.equal(state["model"]["weight"], torch.ones(3))
    assert (state["position"], state["history"]) == ([2, 5], [{"loss": 0.5}])


def test_weights_that_are_not_finite_are_never_saved(tmp_path):
    save_snapshot(tmp_path, STATE)
    spoiled = {**STATE, "model": {"weight": torch.tensor([1.0, float("nan")])}}

    with pytest.raises(FloatingPointError, match="model.weight"):
        save_snapshot(tmp_path, spoiled)

    assert load_snapshot(tmp_path)["model"]["weight"].isfinite().all()


def test_a_snapshot_that_cannot_be_written_leaves_the_old_one(tmp_path):
    save_snapshot(tmp_path, STATE)

    with quota(100), pytest.raises(OSError, match="could not be written"):
        save_snapshot(tmp_path, {**STATE, "position": [9, 9]})

    assert load_snapshot(tmp_path)["position"] == [2, 5]
    assert [path.name for path in tmp_path.iterdir()] == [SNAPSHOT]


@pytest.fixture
def disk(monkeypatch) -> Event:
    """Snapshots reach the disk once it is set."""
    ready = Event()

    def save(folder, state):
        ready.wait()
        save_snapshot(folder, state)

    monkeypatch.setattr(snapshots, "save_snapshot", save)
    return ready


def test_a_thread_saves_what_there_was_when_it_was_told_to(tmp_path, disk):
    state = {"weight": torch.ones(3), "history": [{"loss": 0.5}]}

    with SnapshotWriter(tmp_path) as writer:
        writer.begin(state)
        state["weight"].add_(1)
        state["history"].append({"loss": 0.4})
        assert writer.is_busy
        disk.set()

    saved = load_snapshot(tmp_path)
    assert torch.equal(saved["weight"], torch.ones(3))
    assert saved["history"] == [{"loss": 0.5}]


def test_what_goes_wrong_in_the_thread_ends_the_run(tmp_path):
    (tmp_path / "run").touch()  # no folder
    writer = SnapshotWriter(tmp_path / "run")

    writer.begin(STATE)

    with pytest.raises(OSError, match="run"):
        writer.finish()
    with pytest.raises(OSError, match="run"):
        writer.check()


def test_another_error_is_not_hidden_by_the_one_of_the_thread(tmp_path):
    (tmp_path / "run").touch()

    with pytest.raises(FloatingPointError), SnapshotWriter(tmp_path / "run") as writer:
        writer.begin(STATE)
        raise FloatingPointError


def test_a_second_signal_does_not_wait_for_the_thread(tmp_path, disk):
    with pytest.raises(SystemExit), SnapshotWriter(tmp_path) as writer:
        writer.begin(STATE)
        raise SystemExit

    assert writer.is_busy
    disk.set()


@contextmanager
def quota(most: int):
    """Within it, no file of this process may have more bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_damaged_snapshot_is_refused(tmp_path):
    save_snapshot(tmp_path, STATE)
    path = tmp_path / SNAPSHOT
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(SnapshotError, match="start over with --restart"):
        load_snapshot(tmp_path)


class Malicious:
    def __reduce__(self):
        return (open, ("pwned", "w"))


def test_a_pickle_that_would_run_code_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / SNAPSHOT).write_bytes(pickle.dumps({"format": 1, "model": Malicious()}))

    with pytest.raises(SnapshotError, match="cannot be read as a snapshot"):
        load_snapshot(tmp_path)

    assert not (tmp_path / "pwned").exists()


def test_without_an_interrupted_run_resuming_is_refused(tmp_path):
    assert not has_snapshot(tmp_path)
    with pytest.raises(SnapshotError, match="leave out --resume"):
        load_snapshot(tmp_path)


RUN = {
    "settings": {"architecture": "VGG16", "seed": 0},
    "data": {"train": "abc"},
    "processes": 1,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": {"train": "xyz"}}, "had train 'abc', this one has 'xyz'.*--force"),
        ({"settings": {"architecture": "VGG16", "seed": 1}}, "had seed 0, this one has 1"),
        ({"processes": 2}, "had processes 1, this one has 2"),
    ],
)
def test_another_run_is_refused_unless_forced(change, words):
    with pytest.raises(SnapshotError, match=words):
        check_same_run(RUN, {**RUN, **change}, force=False)
    check_same_run(RUN, {**RUN, **change}, force=True)


def test_what_a_snapshot_of_an_earlier_version_lacks_is_not_compared():
    now = {**RUN, "data": {**RUN["data"], "train pictures": "abc"}}

    check_same_run(RUN, now, force=False)


def test_the_arguments_of_a_run_are_kept_beside_its_snapshots(tmp_path):
    assert kept_arguments(tmp_path / "run") == {}

    keep_arguments(tmp_path / "run", {"data_dir": "/celeba"})

    assert kept_arguments(tmp_path / "run") == {"data_dir": "/celeba"}


def test_another_network_is_refused_even_by_force():
    other = {**RUN, "settings": {"architecture": "ResNet50", "seed": 0}}

    with pytest.raises(SnapshotError, match="architecture 'VGG16', this one has 'ResNet50'"):
        check_same_run(RUN, other, force=True)


def test_a_snapshot_of_an_earlier_version_is_read_with_todays_names(tmp_path):
    settings = {"optimiser": "muon", "gamma": 2.0, "seed": 3}
    save_snapshot(tmp_path, {**STATE, "settings": settings, "optimisers": [{"lr": 1}]})

    state = load_snapshot(tmp_path)

    assert state["settings"] == {"optimizer": "muon", "seed": 3}
    assert state["optimizers"] == [{"lr": 1}]
