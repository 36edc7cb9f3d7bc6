import io

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command

from ml.data.celeba import load_faces, read_celeba
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint
from ml.tests.conftest import make_checkpoint
from ml.training.distillation import read_answers


def keep(celeba, output, *teachers) -> str:
    said = io.StringIO()
    arguments = ("--data-dir", celeba, "--output", output, "--teacher", *teachers, "--quiet")
    call_command("keep_answers", *map(str, arguments), stdout=said)
    return said.getvalue()


def test_the_average_of_the_teachers_answers_is_kept(celeba, tmp_path):
    teachers = [make_checkpoint(tmp_path / str(seed), seed) for seed in (1, 2)]
    file = tmp_path / "answers.safetensors"

    said = keep(celeba, file, *teachers)

    faces = read_celeba(celeba).partition("train")
    pixels = load_faces(faces, 32, quiet=True)
    each = [answer(*load_checkpoint(folder), pixels, torch.device("cpu")) for folder in teachers]
    assert said == f"{file}: the answers of 2 about 32 faces\n"
    assert np.allclose(read_answers(file, faces), np.mean(each, axis=0), atol=1e-3)


@pytest.mark.parametrize(
    ("teacher", "output", "words"),
    [
        ("nowhere", "a.safetensors", "no checkpoint here"),
        ("tiny", "nowhere/a.safetensors", "name a file in an existing folder"),
    ],
)
@pytest.mark.usefixtures("checkpoint")
def test_what_is_wrong_is_refused_before_the_work(celeba, tmp_path, teacher, output, words):
    with pytest.raises(CommandError, match=words) as error:
        keep(celeba, tmp_path / output, tmp_path / teacher)

    assert error.value.returncode == 2
