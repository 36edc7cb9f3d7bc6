import pytest
import torch

from ml.preprocessing import to_input
from ml.training.augment import Augmentation, augment, mix, to_augmented

SIDE = 16


def test_no_augmentation_gives_the_faces_back():
    faces = torch.rand(4, 3, 16, 16)

    same = augment(faces, Augmentation(degrees=0, shear=0, zoom=0, shift=0, flip=0), SIDE)

    assert torch.allclose(same, faces, atol=1e-4)


@pytest.mark.parametrize("name", ["degrees", "shear", "zoom", "shift"])
def test_what_interpolates_softens(name):
    still = {"degrees": 0, "shear": 0, "zoom": 0, "shift": 0}

    assert not Augmentation(**still, light=0.2, erase=0.5).softens
    assert Augmentation(**still | {name: 0.1}).softens


def test_a_certain_flip_mirrors_every_face():
    faces = torch.rand(4, 3, 16, 16)

    flipped = augment(faces, Augmentation(degrees=0, shear=0, zoom=0, shift=0, flip=1), SIDE)

    assert torch.allclose(flipped, faces.flip(-1), atol=1e-4)


def test_each_face_is_moved_by_its_own_amounts():
    faces = torch.rand(1, 3, 16, 16).repeat(8, 1, 1, 1)

    moved = augment(faces, Augmentation(), SIDE)

    assert moved.shape == faces.shape
    assert moved.flatten(1).unique(dim=0).shape[0] == 8


def test_the_drawn_angle_and_shift_keep_to_their_limits():
    torch.manual_seed(0)
    dot = torch.zeros(64, 1, 41, 41)
    dot[:, :, 19:22, 19:22] = 1  # a dot in the middle moves by the shift alone

    moved = augment(dot, Augmentation(degrees=20, shear=0, zoom=0, shift=0.1, flip=0.5), 41)
    weight = moved / moved.sum((2, 3), keepdim=True)
    column = (weight.sum(2) * torch.arange(41.0)).sum(-1)

    assert (column - 20).abs().max() <= 0.1 * 41 * 1.5
    assert (column - 20).abs().max() > 1


def test_mixing_blends_a_face_and_its_targets_alike():
    torch.manual_seed(0)
    targets = torch.eye(8)
    faces = targets[:, None, :, None].repeat(1, 3, 1, 4)  # each face shows its own targets

    mixed_faces, mixed_targets = mix(faces, targets, alpha=0.5)

    assert torch.allclose(mixed_faces, mixed_targets[:, None, :, None].expand(8, 3, 8, 4))
    assert torch.allclose(mixed_targets.sum(1), torch.ones(8))
    assert ((mixed_targets > 0.01) & (mixed_targets < 0.99)).any()


def test_mixing_with_a_tiny_alpha_gives_finite_faces():
    faces, targets = mix(torch.ones(64, 1, 2, 2), torch.ones(64, 40), alpha=1e-4)

    assert faces.isfinite().all()
    assert targets.isfinite().all()


def test_faces_in_bf16_lie_where_those_in_float32_do():
    pixels = torch.randint(0, 256, (4, 3, 96, 96), dtype=torch.uint8)
    still = Augmentation(degrees=0, shear=0, zoom=0, shift=0, flip=0)

    found = to_augmented(pixels, still, 96, torch.bfloat16)

    assert found.dtype == torch.bfloat16
    assert (found.float() - to_input(pixels)).abs().max() <= 2**-7  # half a bf16's step near 2
