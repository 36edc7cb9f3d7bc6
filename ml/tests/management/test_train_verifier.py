import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ml.data.celeba import read_celeba
from ml.faces.boxes import Candidate
from ml.faces.verifier import Pyramid, assess, load
from ml.preprocessing import BOX_SIDE, celeba_square


def test_a_verifier_learns_the_faces_of_a_folder_in_celebas_layout(celeba, tmp_path):
    output, file = io.StringIO(), tmp_path / "verifier.npz"
    folder = ("--data-dir", str(celeba), "--output", str(file))

    call_command("train_verifier", *folder, "--epochs", "15", "--later-epochs", "3", stdout=output)

    assert "windows, loss" in output.getvalue()
    with Image.open(read_celeba(celeba).partition("test").files[0]) as image:
        gray = np.asarray(image.convert("L"))
    left, top, side = celeba_square(gray.shape[1], gray.shape[0])
    face = Candidate(left + side / 2, top + side / 2, side * BOX_SIDE, 0, 0)
    turned = Candidate(face.x, face.y, face.side, 180, 0)
    on_face, upside_down = assess(Pyramid(gray), [face, turned], load(file))[:, 0]
    assert on_face > upside_down


def test_a_folder_without_faces_is_refused(tmp_path):
    with pytest.raises(CommandError) as error:
        call_command("train_verifier", "--data-dir", str(tmp_path))

    assert error.value.returncode == 2


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--output", "/nowhere/verifier.npz"), "is not a .npz file in an existing folder"),
        (("--output", "verifier.bin"), "is not a .npz file in an existing folder"),
        (("--epochs", "0"), "at least 1"),
    ],
)
def test_what_would_lose_a_run_is_refused_before_it(celeba, flags, words):
    with pytest.raises(CommandError, match=words) as error:
        call_command("train_verifier", "--data-dir", str(celeba), *flags)

    assert error.value.returncode == 2
