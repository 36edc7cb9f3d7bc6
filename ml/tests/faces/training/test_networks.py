import numpy as np
import pytest
import torch

from ml.faces.proposals import STRIDE
from ml.faces.training.networks import (
    Proposer,
    Verifier,
    as_network,
    save_proposer,
    save_verifier,
)
from ml.faces.verifier import SIDE
from ml.hardware.sessions import load_network


@pytest.mark.parametrize("size", [(64, 96), (15, 41)])
def test_an_exported_proposer_says_what_the_trained_one_said(tmp_path, size):
    proposer, file = Proposer(), tmp_path / "proposer.onnx"
    pictures = np.random.default_rng(0).normal(size=(1, 1, *size)).astype(np.float32)

    save_proposer(proposer, file)

    outputs = load_network(file)(pictures)
    assert outputs.shape == (1, 5, *(-(-side // STRIDE) for side in size))
    assert outputs == pytest.approx(as_network(proposer)(pictures), abs=1e-4)


@pytest.mark.parametrize("count", [1, 5])
def test_an_exported_verifier_says_what_the_trained_one_said(tmp_path, count):
    verifier, file = Verifier(), tmp_path / "verifier.onnx"
    windows = torch.rand(count, 1, SIDE, SIDE).numpy()

    save_verifier(verifier, file)

    outputs = load_network(file)(windows)
    assert outputs.shape == (count, 5)
    assert outputs == pytest.approx(as_network(verifier)(windows), abs=1e-4)
