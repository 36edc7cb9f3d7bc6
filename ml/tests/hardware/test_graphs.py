import logging

import numpy as np
import pytest
import torch
from torch import nn

from ml.hardware import graphs
from ml.hardware.graphs import FixedBatches

SHAPE = (3, 8, 8)
GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))


class Sums(nn.Module):
    """The sum of each face, and of its first row; notes how many faces came at once."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        self.counts.append(len(faces))
        found = faces.float()
        return torch.stack([found.sum((1, 2, 3)), found[:, :, 0].sum((1, 2))], 1)


def faces(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *SHAPE), dtype=np.uint8)


def sums(faces: np.ndarray) -> np.ndarray:
    return np.stack([faces.sum((1, 2, 3)), faces[:, :, 0].sum((1, 2))], 1)


@pytest.mark.parametrize("device", ["cpu", GPU])
@pytest.mark.parametrize("count", [1, 3, 4, 64, 256, 257, 700])
def test_any_number_of_faces_is_answered_in_order(device, count):
    batches = FixedBatches(Sums(), SHAPE, 2, torch.device(device))

    assert np.array_equal(batches(faces(count)), sums(faces(count)))


@pytest.mark.parametrize("device", ["cpu", GPU])
def test_what_an_earlier_batch_left_changes_nothing(device):
    batches = FixedBatches(Sums(), SHAPE, 2, torch.device(device))

    for count in (700, 3, 90, 1, 700):
        assert np.array_equal(batches(faces(count)), sums(faces(count)))


def test_faces_that_are_stacked_as_rows_of_pixels_are_taken_as_they_are():
    batches = FixedBatches(Sums(), SHAPE, 2, torch.device("cpu"))
    stacked = np.ascontiguousarray(faces(5).transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)

    assert np.array_equal(batches(stacked), sums(faces(5)))


def test_the_network_sees_only_the_fixed_sizes():
    network = Sums()
    batches = FixedBatches(network, SHAPE, 2, torch.device("cpu"))

    for count in (1, 2, 5, 17, 65, 300):
        batches(faces(count))

    assert network.counts == [1, 4, 16, 64, 256, 256, 64]


class Large(Sums):
    """Has memory for so many faces at most."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        if len(faces) > self.most:
            raise torch.OutOfMemoryError("out of memory")
        return super().forward(faces)


@pytest.fixture
def tried(monkeypatch):
    """A CPU tries each size at the start too, as a GPU does in its captures."""
    capture = FixedBatches._capture

    def capture_and_run(self, network, size, pool):
        replay = capture(self, network, size, pool)
        replay()
        return replay

    monkeypatch.setattr(FixedBatches, "_capture", capture_and_run)


def test_sizes_that_the_device_has_no_memory_for_are_left_out(tried, caplog):
    caplog.set_level(logging.WARNING, logger=graphs.__name__)

    batches = FixedBatches(Large(most=20), SHAPE, 2, torch.device("cpu"))

    assert batches.sizes == [1, 4, 16]
    assert np.array_equal(batches(faces(300)), sums(faces(300)))
    assert "no memory for 256 faces at once" in caplog.text


def test_a_device_without_memory_for_one_face_is_refused(tried):
    with pytest.raises(torch.OutOfMemoryError):
        FixedBatches(Large(most=0), SHAPE, 2, torch.device("cpu"))
