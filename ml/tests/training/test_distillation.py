import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ml.attributes import NAMES
from ml.data.celeba import FaceSet, read_celeba
from ml.networks.checkpoint import CheckpointError
from ml.networks.weights import load_checkpoint
from ml.preprocessing import to_input
from ml.tests.conftest import make_checkpoint
from ml.training.distillation import Teachers, Teaching, read_answers, save_answers


@pytest.fixture
def faces(drawn_celeba) -> FaceSet:
    return read_celeba(drawn_celeba).partition("train")


def some_answers(faces: FaceSet) -> np.ndarray:
    return np.random.default_rng(0).random((len(faces), 40), dtype=np.float32)


def test_answers_that_were_kept_are_read_back(tmp_path, faces):
    answers = some_answers(faces)

    save_answers(tmp_path / "a.safetensors", answers, faces)

    assert np.allclose(read_answers(tmp_path / "a.safetensors", faces), answers, atol=1e-3)


def test_answers_about_other_faces_are_refused(tmp_path, faces):
    save_answers(tmp_path / "a.safetensors", some_answers(faces), faces)

    with pytest.raises(CheckpointError, match="is about other faces than the 31 of this run"):
        read_answers(tmp_path / "a.safetensors", faces.take(np.arange(31)))


def test_a_file_without_answers_is_refused_by_name(tmp_path, faces):
    file = tmp_path / "a.safetensors"

    with pytest.raises(CheckpointError, match="no such file"):
        read_answers(file, faces)
    file.write_bytes(b"something else")
    with pytest.raises(CheckpointError, match="holds no answers of teachers"):
        read_answers(file, faces)
    save_file({"weights": torch.ones(1)}, file)
    with pytest.raises(CheckpointError, match="holds no answers of teachers"):
        read_answers(file, faces)


def test_answers_that_are_no_probabilities_are_refused(tmp_path, faces):
    save_answers(tmp_path / "a.safetensors", some_answers(faces) * np.nan, faces)

    with pytest.raises(CheckpointError, match="no probabilities"):
        read_answers(tmp_path / "a.safetensors", faces)


def test_the_answers_of_several_teachers_are_averaged(tmp_path):
    folders = [str(make_checkpoint(tmp_path / str(seed), seed)) for seed in (1, 2)]
    faces = to_input(torch.randint(0, 256, (3, 3, 32, 32)))

    together = Teachers(folders, channels=3)(faces)

    each = [load_checkpoint(tmp_path / str(seed))[0](faces).sigmoid() for seed in (1, 2)]
    assert torch.allclose(together, sum(each) / 2, atol=1e-6)


class Bright(nn.Module):
    """A teacher that says how bright the first pixel is, and notes what it saw."""

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        self.seen = faces.shape
        return faces[:, :1, 0, 0].expand(-1, 40)


def test_a_teacher_sees_faces_in_its_own_size(checkpoint):
    teachers = Teachers([str(checkpoint)], channels=3)
    teachers.networks[0] = Bright()

    teachers(torch.zeros(2, 3, 48, 48))

    assert teachers.networks[0].seen == (2, 3, 32, 32)


def test_a_teacher_of_color_cannot_teach_about_gray_faces(checkpoint):
    with pytest.raises(CheckpointError, match="sees color, the network to train gray"):
        Teachers([str(checkpoint)], channels=1)


@pytest.mark.parametrize(
    ("pixels", "attributes", "words"),
    [
        ("unit", NAMES, "sees pixels that are centered, the network to train unit ones"),
        ("centered", ("Grumpy",), "answers about other attributes"),
    ],
)
def test_a_teacher_sees_the_same_pixels_and_answers_about_the_same(
    checkpoint, pixels, attributes, words
):
    with pytest.raises(CheckpointError, match=words):
        Teachers([str(checkpoint)], channels=3, pixels=pixels, attributes=attributes)


@pytest.mark.parametrize(("share", "expected"), [(0, 0.0), (0.25, 0.2), (1, 0.8)])
def test_a_share_of_the_targets_is_the_answers(share, expected):
    labels = torch.zeros(1, 40)
    labels[0, 0] = torch.nan

    taught = Teaching(share=share, answers=torch.full((1, 40), 0.8)).before(labels)

    assert torch.allclose(taught[0, 1:], torch.tensor(expected))
    assert taught[0, 0].isnan()  # nobody knows the label, and it stays out of the loss
