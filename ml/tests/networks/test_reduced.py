import numpy as np
import pytest
import torch

from ml.networks import reduced
from ml.networks.inference import answer
from ml.networks.reduced import load_reduced
from ml.networks.weights import load_checkpoint
from ml.tests.conftest import TINY, make_checkpoint

CPU = torch.device("cpu")
GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))


def faces(count: int) -> np.ndarray:
    shape = (count, TINY["channels"], TINY["size"], TINY["size"])
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def expected(folder) -> np.ndarray:
    model, config = load_checkpoint(folder)
    return answer(model, config, torch.from_numpy(faces(70)), CPU)


@pytest.mark.parametrize("device", ["cpu", GPU])
def test_in_bf16_the_answers_are_nearly_those_of_float32(checkpoint, monkeypatch, device):
    monkeypatch.setattr(reduced, "best_dtype", lambda device: torch.bfloat16)

    batches, _ = load_reduced(checkpoint, torch.device(device))
    found = batches(faces(70))

    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected(checkpoint)).max() < 0.01


def test_in_float32_the_answers_are_those_of_evaluation(checkpoint, monkeypatch):
    monkeypatch.setattr(reduced, "best_dtype", lambda device: torch.float32)

    batches, config = load_reduced(checkpoint, CPU)

    assert np.allclose(batches(faces(70)), expected(checkpoint), atol=1e-6)
    assert config["architecture"] == "VGG16"


def test_batch_norms_keep_their_precision(checkpoint):
    model, _ = load_checkpoint(checkpoint)

    reduced.reduce_precision(model, torch.bfloat16)

    types = {type(m).__name__: m.weight.dtype for m in model.modules() if hasattr(m, "weight")}
    assert types == {
        "Conv2d": torch.bfloat16,
        "BatchNorm2d": torch.float32,
        "Linear": torch.bfloat16,
    }


def test_a_checkpoint_of_another_seed_answers_differently(checkpoint, tmp_path):
    other = make_checkpoint(tmp_path / "other", seed=1)

    first, second = (load_reduced(folder, CPU)[0](faces(3)) for folder in (checkpoint, other))

    assert not np.allclose(first, second, atol=0.01)
