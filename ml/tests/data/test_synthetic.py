import io
import shutil

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ml.attributes import NAMES
from ml.data.celeba import read_celeba
from ml.data.drawing import DRAWN, draw_face
from ml.data.inspection import inspect_faces
from ml.data.synthetic import draw_celeba

SMALL = (45, 55)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "celeba"
    draw_celeba(root, 60, size=SMALL, quiet=True)
    return root


def test_a_drawn_set_reads_as_celeba(drawn):
    faces = read_celeba(drawn)

    assert [len(faces.partition(name)) for name in ("train", "valid", "test")] == [48, 6, 6]
    assert Image.open(faces.files[0]).size == SMALL
    assert faces.skipped == {}


def test_no_drawn_face_contradicts_itself(drawn):
    found = inspect_faces(read_celeba(drawn), quiet=True)

    assert not found.damaged
    assert not found.copies
    assert not found.contradictions


def test_only_what_is_drawn_is_ever_a_yes(drawn):
    answered = read_celeba(drawn).targets.any(0)

    assert {name for name, yes in zip(NAMES, answered, strict=True) if yes} <= set(DRAWN)
    assert answered.sum() > 10


def test_a_seed_draws_the_same_faces_again(drawn, tmp_path):
    for name, seed in (("again", 0), ("other", 1)):
        draw_celeba(tmp_path / name, 10, seed=seed, size=SMALL, quiet=True)

    again, other = read_celeba(tmp_path / "again"), read_celeba(tmp_path / "other")

    assert again.files[0].read_bytes() == read_celeba(drawn).files[0].read_bytes()
    assert again.fingerprint() != other.fingerprint()
    assert again.files[0].read_bytes() != other.files[0].read_bytes()


@pytest.mark.parametrize("attribute", sorted(set(DRAWN) - {"No_Beard"}))
def test_every_drawn_attribute_changes_the_picture(attribute):
    usual = {"Male", "Brown_Hair"} - {attribute}

    without, given = (
        np.asarray(draw_face(answers, (178, 218), seed=3)).astype(int)
        for answers in (usual, {attribute} if "Hair" in attribute else {*usual, attribute})
    )

    assert (abs(without - given).max(2) > 40).sum() > 100  # pixels


def test_the_command_draws_what_it_is_told(tmp_path):
    output = io.StringIO()
    options = ("--faces", "12", "--size", "40x50", "--quiet")

    call_command("draw_celeba", str(tmp_path / "faces"), *options, stdout=output)

    assert len(read_celeba(tmp_path / "faces")) == 12
    assert "12 faces; 15 attributes are visible" in output.getvalue()


@pytest.mark.parametrize(
    "options", [("--faces", "9"), ("--size", "178"), ("--size", "20x218"), ("--seed", "-1")]
)
def test_the_command_refuses_what_makes_no_faces(tmp_path, options):
    with pytest.raises(CommandError, match=options[0]):
        call_command("draw_celeba", str(tmp_path / "faces"), *options)


def test_the_command_leaves_a_folder_with_files_alone(drawn, tmp_path):
    shutil.copy(drawn / "list_attr_celeba.csv", tmp_path)

    with pytest.raises(CommandError, match="is not empty") as error:
        call_command("draw_celeba", str(tmp_path))
    assert error.value.returncode == 2
