from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from ml.attributes import NAMES
from ml.models import ModelVersion

pytestmark = pytest.mark.django_db


def config(sha256: str) -> dict:
    return {
        "sha256": sha256,
        "architecture": "VGG16",
        "metrics": {"accuracy": 0.9},
        "thresholds": {name: {"yes": 0.7, "no": 0.3} for name in NAMES},
    }


def test_activating_a_version_ends_the_one_before():
    ModelVersion.objects.activate(Path("old"), config("a" * 64))
    new = ModelVersion.objects.activate(Path("new"), config("b" * 64))

    assert ModelVersion.objects.active() == new
    assert ModelVersion.objects.count() == 2


def test_activating_the_same_weights_again_makes_no_second_row():
    for _ in range(2):
        ModelVersion.objects.activate(Path("same"), config("a" * 64))

    assert ModelVersion.objects.count() == 1


def test_the_database_allows_one_active_version_only():
    ModelVersion.objects.activate(Path("old"), config("a" * 64))
    other = ModelVersion.objects.activate(Path("new"), config("b" * 64))

    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.exclude(pk=other.pk).update(is_active=True)


def test_a_version_knows_its_thresholds():
    version = ModelVersion.objects.activate(Path("new"), config("a" * 64))

    assert version.thresholds_of("Smiling").yes == 0.7
