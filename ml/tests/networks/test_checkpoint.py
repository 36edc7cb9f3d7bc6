import json
import pickle

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ml.networks.checkpoint import CheckpointError, file_sha256, read_config
from ml.networks.weights import load_checkpoint
from ml.tests.conftest import make_checkpoint


def rewrite_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_saved_network_loads_with_the_same_answers(checkpoint):
    first, config = load_checkpoint(checkpoint)
    second, _ = load_checkpoint(checkpoint)
    faces = torch.rand(2, 3, 32, 32)

    assert torch.equal(first(faces), second(faces))
    assert not first.training
    assert config["sha256"] == file_sha256(checkpoint / "model.safetensors")


def test_saving_again_replaces_the_whole_folder(checkpoint):
    before = read_config(checkpoint)["sha256"]
    (checkpoint / "history.csv").touch()

    make_checkpoint(checkpoint, seed=1)

    assert read_config(checkpoint)["sha256"] != before
    assert {path.name for path in checkpoint.iterdir()} == {"model.safetensors", "config.json"}
    assert [path.name for path in checkpoint.parent.iterdir()] == [checkpoint.name]


@pytest.mark.parametrize("name", ["file", "folder/notes.txt", "folder/config.json"])
def test_what_is_no_checkpoint_is_never_replaced(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")

    with pytest.raises(CheckpointError):
        make_checkpoint(tmp_path / name.split("/")[0])
    assert path.read_text() == "mine"


def test_a_checkpoint_with_something_else_in_its_folder_is_not_replaced(checkpoint):
    (checkpoint / "notes.txt").write_text("mine")

    with pytest.raises(CheckpointError, match="notes.txt"):
        make_checkpoint(checkpoint)
    assert (checkpoint / "notes.txt").read_text() == "mine"


def test_a_full_disk_leaves_the_checkpoint_that_was_there(checkpoint, monkeypatch):
    def fail(*_):
        raise SafetensorError("no space left")

    before = read_config(checkpoint)["sha256"]
    monkeypatch.setattr("ml.networks.weights.save_file", fail)

    with pytest.raises(OSError, match="cannot be written: no space left"):
        make_checkpoint(checkpoint)
    assert read_config(checkpoint)["sha256"] == before


def test_a_checkpoint_of_another_form_is_not_replaced(checkpoint):
    rewrite_config(checkpoint, format=0)

    with pytest.raises(CheckpointError, match="choose a new folder"):
        make_checkpoint(checkpoint)


def test_weights_that_were_changed_are_refused(checkpoint):
    weights = checkpoint / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")

    with pytest.raises(CheckpointError, match="sha256"):
        load_checkpoint(checkpoint)


def test_a_missing_checkpoint_is_named(tmp_path, checkpoint):
    (checkpoint / "model.safetensors").unlink()

    with pytest.raises(CheckpointError, match="model.safetensors is missing"):
        load_checkpoint(checkpoint)
    with pytest.raises(CheckpointError, match="no checkpoint here"):
        load_checkpoint(tmp_path / "nothing")


@pytest.mark.parametrize(
    "change",
    [
        {"network": {"size": 64, "width": 1 / 32, "head": [16]}},
        {"network": {"size": 32, "depth": 3}},
        {"attributes": ["Smiling"]},
        {"attributes": ["Smiling"], "thresholds": {"Smiling": {"yes": 0.6, "no": 0.4}}},
        {"attributes": ["Smiling"] * 40},
        {"temperatures": {"Smiling": 1.0}},
        {"format": 99},
    ],
)
def test_a_config_that_does_not_fit_is_refused(checkpoint, change):
    rewrite_config(checkpoint, **change)

    with pytest.raises(CheckpointError):
        load_checkpoint(checkpoint)


def test_weights_that_are_not_finite_are_refused(checkpoint):
    weights = checkpoint / "model.safetensors"
    tensors = load_file(weights)
    tensors["classifier.0.bias"][0] = float("nan")
    save_file(tensors, weights)
    rewrite_config(checkpoint, sha256=file_sha256(weights))

    with pytest.raises(CheckpointError, match="not finite"):
        load_checkpoint(checkpoint)


class Marker:
    """Unpickling this writes a file: what a malicious pickle would do."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_pickle_in_place_of_the_weights_is_never_run(checkpoint, tmp_path):
    weights = checkpoint / "model.safetensors"
    weights.write_bytes(pickle.dumps(Marker(tmp_path / "owned")))
    rewrite_config(checkpoint, sha256=file_sha256(weights))

    with pytest.raises(CheckpointError):
        load_checkpoint(checkpoint)
    assert not (tmp_path / "owned").exists()
