"""What many tests start from: a gallery of who is logged in, a real model."""

from pathlib import Path

import pytest

from gallery.models import Gallery
from gallery.tests.factories import make_gallery
from ml.checkpoint import read_config
from ml.models import ModelVersion
from ml.tests.conftest import make_checkpoint


@pytest.fixture
def gallery(client) -> Gallery:
    """A gallery whose owner is logged in."""
    gallery = make_gallery()
    client.force_login(gallery.owner)
    return gallery


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
