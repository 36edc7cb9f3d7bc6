"""Training with what people said of the faces in galleries."""

import hashlib
import io
import os
import shlex
import signal
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command, get_commands

from gallery.answers.corrections import answer
from gallery.exchange.card import Card
from gallery.exchange.celeba import CELEBA
from gallery.exchange.data_set import zip_chunks
from gallery.management.commands.train_model import WEIGHT
from gallery.models import Face, Gallery
from gallery.models.answer import corrected
from gallery.tests.factories import make_face, make_gallery, make_stored_photo, make_version
from ml.data.celeba import read_celeba
from ml.data.drawing import draw_face
from ml.networks.checkpoint import read_config
from ml.tests.conftest import make_celeba
from ml.training.data import TrainingData
from ml.training.results import Reporter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_side_work")]

TINY = shlex.split("--size 32 --width 0.03125 --head 16 --epochs 2 --batch-size 8 --quiet")


@pytest.fixture
def train(tmp_path, settings):
    """Run the command on drawn faces with more arguments; what it prints."""
    settings.VAR_DIR = tmp_path / "var"
    make_celeba(tmp_path / "celeba", 24)

    def run(*more) -> str:
        said = io.StringIO()
        arguments = ("--data-dir", tmp_path / "celeba", "--output", tmp_path / "out", *TINY, *more)
        call_command("train_model", *map(str, arguments), stdout=said)
        return said.getvalue()

    return run


def refused(train, *more) -> str:
    """What the command says when it refuses these arguments as wrong."""
    with pytest.raises(CommandError) as error:
        train(*more)
    assert error.value.returncode == 2
    return str(error.value)


def make_corrected(count: int = 3, **kwargs) -> Gallery:
    """A gallery with so many corrected faces, and one that nobody corrected."""
    gallery = make_gallery(**{"allows_training": True, **kwargs})
    for number in range(count + 1):
        face = make_face(make_stored_photo(gallery=gallery, status="ready"))
        if number:
            say(face, "Smiling")
    return gallery


def say(face: Face, attribute: str) -> None:
    answer(Face.objects.filter(pk=face.pk), attribute, True, face.gallery.owner)


class InterruptedReporter(Reporter):
    """Sends SIGTERM after the first epoch."""

    def __call__(self, history) -> None:
        super().__call__(history)
        os.kill(os.getpid(), signal.SIGTERM)


def interrupt(train, monkeypatch, *more) -> None:
    with monkeypatch.context() as patched, pytest.raises(CommandError) as error:
        patched.setattr("ml.training.run.Reporter", InterruptedReporter)
        train(*more)
    assert error.value.returncode == 143


def test_the_sites_command_goes_before_the_librarys():
    assert get_commands()["train_model"] == "gallery"


def test_without_the_owners_consent_nothing_is_learned(train, tmp_path):
    gallery = make_corrected(name="Family", allows_training=False)

    words = refused(train, "--with-corrections", gallery.uuid)

    assert f"Family ({gallery.uuid}) has not allowed" in words
    assert not list(tmp_path.glob("out*"))


def test_what_a_killed_run_left_goes_before_consent_is_asked_for(train, tmp_path):
    (tmp_path / "out.corrections" / "img_align_celeba").mkdir(parents=True)

    refused(train, "--with-corrections", make_corrected(allows_training=False).uuid)

    assert not (tmp_path / "out.corrections").exists()


def test_a_dry_run_leaves_a_running_ones_pictures(train, tmp_path):
    (tmp_path / "out.corrections").mkdir()

    said = train("--dry-run", "--with-corrections", make_corrected().uuid)

    assert "Nothing was written." in said
    assert [path.name for path in tmp_path.glob("out*")] == ["out.corrections"]


def test_a_gallery_without_a_corrected_face_is_refused(train):
    assert "was corrected" in refused(train, "--with-corrections", make_corrected(0).uuid)


def test_a_gallery_that_is_not_there_is_refused(train):
    uuid = "00000000-0000-4000-8000-000000000000"

    assert f"there is no gallery {uuid}" in refused(train, "--with-corrections", uuid)


@pytest.mark.slow
def test_corrected_faces_are_learned_from_and_said_in_the_checkpoint(train, tmp_path):
    gallery = make_corrected()

    said = train("--with-corrections", gallery.uuid, "--corrections-weight", "5")

    data = read_config(tmp_path / "out")["data"]
    assert f"3 more training faces from corrections-{gallery.uuid}, each 5 times" in said
    assert data["train"] == 16 + 3 * 5
    part = data["also"][f"corrections-{gallery.uuid}"]
    assert (part["train"], part["weight"]) == (3, 5)


@pytest.mark.parametrize("weight", ["0", "1001"])
def test_a_weight_beyond_its_limits_is_refused(train, weight):
    flags = ("--with-corrections", make_corrected().uuid, "--corrections-weight", weight)

    assert f"is from 1 to 1000, not {weight}" in refused(train, *flags)


def test_a_weight_without_corrections_is_refused(train):
    assert "goes with --with-corrections" in refused(train, "--corrections-weight", "5")


@pytest.mark.slow
def test_no_picture_of_a_person_is_left_behind(train, tmp_path):
    train("--with-corrections", make_corrected().uuid)

    assert not list(tmp_path.glob("**/corrections-*"))
    assert not list(tmp_path.glob("**/pixels"))


@pytest.mark.slow
def test_an_interrupted_run_goes_on_with_the_same_corrections(train, tmp_path, monkeypatch):
    gallery = make_corrected()
    interrupt(train, monkeypatch, "--with-corrections", gallery.uuid)
    assert not list(tmp_path.glob("**/corrections-*"))

    said = train("--resume", "--with-corrections", gallery.uuid)

    assert "resumed at epoch 2" in said
    assert read_config(tmp_path / "out")["data"]["train"] == 16 + 3 * WEIGHT


@pytest.mark.slow
def test_corrections_are_learned_from_again_when_resumed_without_naming_them(
    train, tmp_path, monkeypatch
):
    gallery = make_corrected()
    interrupt(train, monkeypatch, "--with-corrections", gallery.uuid)

    said = io.StringIO()
    call_command("train_model", "--output", str(tmp_path / "out"), "--resume", stdout=said)

    assert "resumed at epoch 2" in said.getvalue()
    assert f"corrections-{gallery.uuid}" in read_config(tmp_path / "out")["data"]["also"]


def test_a_corrected_face_of_a_picture_of_valid_is_refused_and_named(train, tmp_path):
    gallery = make_corrected()
    photo = corrected(Face.objects.in_gallery(gallery))[0].photo
    valid = read_celeba(tmp_path / "celeba").partition("valid").files[0]
    photo.sha256 = hashlib.sha256(valid.read_bytes()).hexdigest()
    photo.save()

    words = refused(train, "--with-corrections", gallery.uuid)

    assert f"the photo {photo.uuid} of the gallery {gallery.name}" in words
    assert f"is of {valid} (valid)" in words


@pytest.mark.slow
def test_an_interrupted_run_does_not_go_on_with_other_corrections(train, monkeypatch):
    gallery = make_corrected()
    interrupt(train, monkeypatch, "--with-corrections", gallery.uuid)
    say(gallery.faces.first(), "Male")

    words = refused(train, "--resume", "--with-corrections", gallery.uuid)

    assert "the interrupted run had train" in words


@pytest.mark.slow
def test_an_exported_gallery_can_be_trained_on(train, tmp_path):
    for number in range(20):
        drawn = draw_face(set(), (178, 218), number)  # each is another: see ml.data.leaks
        photo = make_stored_photo(drawn, sha256=f"{number:08x}{'0' * 56}", status="ready")
        make_face(photo, smiling=number % 2)
    content = b"".join(zip_chunks(CELEBA, Face.objects.all(), Card(make_version())))
    ZipFile(io.BytesIO(content)).extractall(tmp_path / "exported")

    said = train("--data-dir", tmp_path / "exported", "--epochs", "1")

    assert "16 training and 2 valid faces" in said
    assert Path(tmp_path / "out" / "model.safetensors").exists()


def test_a_run_that_is_ended_before_its_first_step_leaves_no_picture(train, tmp_path, monkeypatch):
    def decode(*_, **__):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(TrainingData, "decode", decode)

    with pytest.raises(SystemExit) as ended:
        train("--with-corrections", make_corrected().uuid)

    assert ended.value.code == 143
    assert not list(tmp_path.glob("*.corrections"))
