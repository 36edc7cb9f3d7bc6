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


def test_activating_keeps_what_the_config_tells_of_the_training():
    told = {"training": {"epochs": 16}, "data": {"train": 9}, "flip_average": True}
    reliability = {"Smiling": {"grade": "good", "reason": "many faces"}}
    version = ModelVersion.objects.activate(
        Path("new"), config("a" * 64) | told | {"reliability": reliability}
    )

    assert version.facts == {"training": {"epochs": 16}, "data": {"train": 9}}
    assert version.reliability == reliability


def test_a_checkpoint_of_before_is_activated_without_what_it_lacks():
    version = ModelVersion.objects.activate(Path("old"), config("a" * 64))

    assert (version.facts, version.reliability, version.history) == ({}, {}, [])


def test_the_version_before_is_the_one_that_was_active_last():
    for name in ("a", "b", "a", "c"):
        ModelVersion.objects.activate(Path(name), config(name * 64))

    assert ModelVersion.objects.previous().name == "a"


def test_a_version_of_before_the_times_were_kept_comes_last():
    for name in ("a", "b", "c"):
        ModelVersion.objects.activate(Path(name), config(name * 64))
    ModelVersion.objects.filter(name="b").update(activated_at=None)

    assert ModelVersion.objects.previous().name == "a"


def test_a_failed_activation_leaves_the_active_version():
    old = ModelVersion.objects.activate(Path("old"), config("a" * 64))

    with pytest.raises(KeyError):
        ModelVersion.objects.activate(Path("new"), {"sha256": "b" * 64})

    assert ModelVersion.objects.active() == old


def test_the_active_version_is_one_query_without_its_details(django_assert_num_queries):
    ModelVersion.objects.activate(Path("new"), config("a" * 64))

    with django_assert_num_queries(1):
        version = ModelVersion.objects.active()
        assert version.thresholds_of("Smiling").no == 0.3
    assert version.get_deferred_fields() == {"metrics", "history", "facts"}


def test_the_facts_of_a_version_are_said_in_words_under_todays_names():
    version = ModelVersion(
        architecture="VGG16",
        facts={
            "initialised": "drawn at random (He)",
            "network": {"size": 96},
            "training": {
                "size": 96,
                "optimiser": "muon",
                "clip": 0.05,
                "augmentation": {"flip": 0.5},
            },
            "data": {"folder": "celeba", "skipped": {}},
        },
    )

    assert version.facts_in_words() == {
        "architecture": "VGG16",
        "weights began": "drawn at random (He)",
        "size": "96",
        "optimizer": "muon",
        "augmentation flip": "0.5",
        "data folder": "celeba",
    }
