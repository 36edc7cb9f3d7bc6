import torch
from torch import nn

from ml.networks.architectures import VGG16
from ml.networks.inference import SOFTENING, Answering, answer, predict
from ml.preprocessing import to_input
from ml.tests.conftest import TINY
from ml.training.augment import Augmentation, augment

CPU = torch.device("cpu")


class Seen(nn.Module):
    """Answers nothing, and keeps what it was given."""

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        self.faces = faces
        return torch.zeros(len(faces), 40)


def noise(count: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=random)


def test_the_network_is_shown_faces_as_soft_as_those_it_was_trained_on():
    torch.manual_seed(0)
    pixels, seen = noise(200), Seen()
    shifted = Augmentation(degrees=0, shear=0, zoom=0, shift=0.1, flip=0)

    predict(seen, pixels, CPU)
    trained = augment(to_input(pixels), shifted, 32)

    def sharpness(faces):  # what of a difference between neighbors is left, away from the edges
        return float((faces[..., 8:24, 8:24].diff(dim=-1) ** 2).mean())

    assert sharpness(to_input(pixels)) > 1.5 * sharpness(trained)
    assert 0.8 < sharpness(seen.faces) / sharpness(trained) < 1.25


def test_a_network_that_saw_sharp_faces_is_shown_them(checkpoint):
    pixels = noise(2)

    def shown(**config) -> torch.Tensor:
        seen = Seen()
        answer(seen, config, pixels, CPU)
        return seen.faces

    assert torch.equal(shown(softened=False), to_input(pixels))
    assert not torch.allclose(shown(softened=True), to_input(pixels))
    assert torch.equal(shown(), shown(softened=True))  # a checkpoint of before


def test_a_face_of_one_color_stays_as_it_is():
    seen = Seen()

    predict(seen, torch.full((1, 3, 32, 32), 200, dtype=torch.uint8), CPU)

    assert abs(sum(SOFTENING) - 1) < 1e-9
    assert torch.allclose(seen.faces, seen.faces[0, 0, 0, 0])


def test_with_flip_a_face_and_its_mirror_image_get_the_same_answer():
    torch.manual_seed(0)
    model, pixels = VGG16(**TINY).eval(), noise(4)

    straight, mirrored = (
        predict(model, each, CPU, flip=True) for each in (pixels, pixels.flip(-1))
    )

    assert abs(straight - mirrored).max() < 1e-5


def test_a_network_may_see_pixels_in_0_to_1():
    pixels = torch.randint(0, 256, (1, 3, 32, 32), dtype=torch.uint8)
    seen = []

    def network(faces: torch.Tensor) -> torch.Tensor:
        seen.append(faces)
        return faces.mean((2, 3))

    Answering(network, soften=False, scale="unit")(pixels)

    assert torch.allclose(seen[0], pixels / 255, atol=1e-6)
