"""What many tests start from: who is logged in, a REST client, a model real or made up."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient
from skimage.data import astronaut

from gallery.analysis import jobs
from gallery.analysis.analyse import Analyst
from gallery.analysis.model import ActiveModel
from gallery.models import Gallery, Photo
from gallery.tests.factories import make_api_client, make_gallery, make_user, make_version
from gallery.tests.fakes import FakeModel, Lab, box
from gallery.tests.pictures import encode
from gallery.tests.reruns import ANSWERS
from gallery.uploads.adding import add_photo
from ml.faces.detectors import load_detector
from ml.models import ModelVersion
from ml.networks.checkpoint import read_config
from ml.tests.conftest import make_checkpoint

HTMX = {"HX-Request": "true"}  # the header by which htmx is known


@pytest.fixture
def gallery(client) -> Gallery:
    """A gallery whose owner is logged in."""
    gallery = make_gallery()
    client.force_login(gallery.owner)
    return gallery


@pytest.fixture
def api(gallery) -> APIClient:
    """A REST client with a token of the gallery's owner."""
    return make_api_client(gallery.owner)


@pytest.fixture
def stored(gallery) -> Photo:
    """A photo with its files: the astronaut's portrait."""
    portrait = encode(Image.fromarray(astronaut()), "PNG")
    photo, _ = add_photo(gallery, SimpleUploadedFile("Eileen.png", portrait))
    return photo


@pytest.fixture
def person():
    """Someone who answers about faces."""
    return make_user()


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory) -> Path:
    """A checkpoint of random weights."""
    return make_checkpoint(tmp_path_factory.mktemp("checkpoints") / "tiny")


@pytest.fixture
def version(tiny_checkpoint, db) -> ModelVersion:
    """The active model: a tiny one with random weights."""
    return activate(tiny_checkpoint)


@pytest.fixture
def analyst(version) -> Analyst:
    """The worker's analyst as it is on a site: with the active model, and a real detector."""
    return Analyst(ActiveModel(), load_detector())


@pytest.fixture
def lab(version) -> Lab:
    """An analyst that is told what to find and what to say."""
    return Lab()


@pytest.fixture
def on_the_old_model(db, settings, tmp_path, monkeypatch) -> Lab:
    """A site that finds one face in each photo, and is on the model "old" of two."""
    settings.VAR_DIR = tmp_path / "var"
    lab = Lab(FakeModel(**ANSWERS))
    lab.finds(box(0.1))
    monkeypatch.setattr(jobs, "analyst", lambda: lab.analyst)
    make_version(name="old")
    return lab


@pytest.fixture
def rings(monkeypatch) -> list[int]:
    """One entry for each time that somebody rang for the worker."""
    calls: list[int] = []
    monkeypatch.setattr(jobs, "ring", lambda: calls.append(1))
    return calls


def activate(folder: Path) -> ModelVersion:
    return ModelVersion.objects.activate(folder, read_config(folder))


@pytest.fixture
def sends_mail(settings) -> None:
    """A site with EMAIL_URL."""
    settings.SENDS_MAIL = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
