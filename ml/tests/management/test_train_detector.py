import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ml.data.celeba import read_celeba
from ml.faces.boxes import Candidate
from ml.faces.proposals import propose
from ml.faces.pyramid import Pyramid
from ml.faces.verifier import assess
from ml.hardware.sessions import load_network
from ml.preprocessing import BOX_SIDE, celeba_square

pytestmark = pytest.mark.slow

QUICK = ("--scenes", "20", "--epochs", "15", "--later-epochs", "3")


def picture_of(celeba) -> tuple[Pyramid, Candidate]:
    """A picture of the test partition, which no network has seen, and its face."""
    with Image.open(read_celeba(celeba).partition("test").files[0]) as image:
        gray = np.asarray(image.convert("L"))
    left, top, side = celeba_square(gray.shape[1], gray.shape[0])
    return Pyramid(gray), Candidate(left + side / 2, top + side / 2, side * BOX_SIDE, 0, 0)


def test_both_networks_learn_the_faces_of_a_folder_in_celebas_layout(celeba, tmp_path):
    said, output, others = io.StringIO(), tmp_path / "networks", tmp_path / "others"
    output.mkdir()
    others.mkdir()
    Image.new("RGB", (1500, 900), "teal").save(others / "wall.png")
    (others / "notes.txt").write_text("no picture")
    folders = ("--data-dir", str(celeba), "--others", str(others), "--output", str(output))

    call_command("train_detector", *folders, *QUICK, "--steps", "40", stdout=said)

    assert "40 batches, loss" in said.getvalue()
    assert "windows, loss" in said.getvalue()
    pyramid, face = picture_of(celeba)
    verifier = load_network(output / "verifier.onnx")
    turned = Candidate(face.x, face.y, face.side, 180, 0)
    on_face, upside_down = assess(pyramid, [face, turned], verifier)[:, 0]
    assert on_face > upside_down
    proposer = (output / "proposer.onnx").read_bytes()
    assert propose(pyramid, load_network(output / "proposer.onnx")) is not None

    call_command("train_detector", *folders, *QUICK, "--keep-proposer", stdout=said)

    assert (output / "proposer.onnx").read_bytes() == proposer


@pytest.mark.parametrize("option", ["--data-dir", "--others"])
def test_a_folder_without_what_it_should_have_is_refused(celeba, tmp_path, option):
    with pytest.raises(CommandError) as error:
        call_command("train_detector", "--data-dir", str(celeba), option, str(tmp_path / "none"))

    assert error.value.returncode == 2


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--output", "/nowhere"), "is not a folder"),
        (("--epochs", "0"), "at least 1"),
        (("--steps", "0"), "at least 1"),
    ],
)
def test_what_would_lose_a_run_is_refused_before_it(celeba, flags, words):
    with pytest.raises(CommandError, match=words) as error:
        call_command("train_detector", "--data-dir", str(celeba), *flags)

    assert error.value.returncode == 2
