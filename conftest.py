"""Fixtures that every test may use."""

import pytest


@pytest.fixture(autouse=True)
def private_media(settings, tmp_path):
    """Files of a test go to a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
