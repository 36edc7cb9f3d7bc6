import numpy as np
import pytest
import torch

from ml.hardware.distributed import Group
from ml.training.batches import Batches, Faces

CPU = torch.device("cpu")


def numbered_faces(count: int) -> Faces:
    """Faces that hold their own number, in pixels and targets."""
    numbers = torch.arange(count, dtype=torch.uint8)
    return Faces(numbers[:, None, None, None].expand(-1, 3, 2, 2), numbers[:, None].expand(-1, 40))


def drawn(batches: Batches, epoch: int, start: int = 0) -> list[int]:
    return [int(face) for pixels, _ in batches.epoch(epoch, start) for face in pixels[:, 0, 0, 0]]


def make_batches(count=10, rank=0, size=1, seed=0, weights=None) -> Batches:
    return Batches(numbered_faces(count), 4, seed, Group(rank, size, CPU), weights)


def test_an_epoch_holds_every_face_and_its_first_ones_fill_the_last_batch():
    faces = drawn(make_batches(), 1)

    assert sorted(faces[:10]) == list(range(10))
    assert faces[10:] == faces[:2]


@pytest.mark.parametrize("count", [1, 3, 8, 9])
def test_every_batch_has_the_same_size(count):
    sizes = [len(pixels) for pixels, _ in make_batches(count).epoch(1)]

    assert sizes == [4] * -(-count // 4)


def test_each_epoch_and_each_seed_has_its_own_order():
    orders = [drawn(make_batches(seed=seed), epoch) for seed in (0, 1) for epoch in (1, 2)]

    assert len({tuple(order) for order in orders}) == 4


def test_an_epoch_goes_on_where_it_was_left():
    batches = make_batches()

    assert drawn(batches, 3, start=1) == drawn(batches, 3)[4:]


def test_pixels_and_targets_stay_together():
    for pixels, targets in make_batches().epoch(1):
        assert torch.equal(pixels[:, 0, 0, 0], targets[:, 0])


def test_the_processes_of_a_group_share_an_epoch():
    parts = [make_batches(count=11, rank=rank, size=2) for rank in (0, 1)]

    faces = [drawn(part, 1) for part in parts]

    assert len(parts[0]) == len(parts[1]) == 2
    assert len(faces[0]) == len(faces[1]) == 8
    assert set(faces[0]) | set(faces[1]) == set(range(11))


def test_weights_say_how_often_a_face_is_drawn():
    weights = np.array([0.0] * 5 + [0.2] * 5)

    assert set(drawn(make_batches(weights=weights), 1)) <= set(range(5, 10))
