"""What many tests start from: a gallery of who is logged in, a REST client, a real model."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient
from skimage.data import astronaut

from gallery import services
from gallery.models import Gallery, Photo
from gallery.tests.factories import make_api_client, make_gallery
from gallery.tests.pictures import encode
from ml.checkpoint import read_config
from ml.models import ModelVersion
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
    photo, _ = services.add_photo(gallery, SimpleUploadedFile("Eileen.png", portrait))
    return photo


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory) -> Path:
    """A checkpoint of random weights."""
    return make_checkpoint(tmp_path_factory.mktemp("checkpoints") / "tiny")


@pytest.fixture
def version(tiny_checkpoint, db) -> ModelVersion:
    """The active model: a tiny one with random weights."""
    return activate(tiny_checkpoint)


def activate(folder: Path) -> ModelVersion:
    return ModelVersion.objects.activate(folder, read_config(folder))
