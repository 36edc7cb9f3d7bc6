import json
from pathlib import Path

import pytest

from ml.networks.checkpoint import CONFIG, read_config
from ml.training.lineage import earlier_runs, runs_to_make
from ml.training.settings import Settings


@pytest.fixture
def recipe(tmp_path) -> Path:
    """Three runs: the second begins with the first one's weights, the third with the second's."""
    first, second = tmp_path / "first", tmp_path / "second"
    file = tmp_path / "recipe.json"
    runs = [{"epochs": 1}, {"epochs": 2, "weights": str(first)}]
    file.write_text(
        json.dumps({"earlier": runs, "training": {"epochs": 3, "weights": str(second)}})
    )
    return file


def epochs(recipe: Path) -> list[tuple[str, int]]:
    last = Settings(epochs=3, weights=str(recipe.with_name("second")))
    runs = runs_to_make(recipe, last, recipe.with_name("out"))
    return [(place.name, settings.epochs) for place, settings in runs]


def test_the_runs_before_come_first_each_into_the_folder_that_the_next_one_begins_with(recipe):
    assert epochs(recipe) == [("first", 1), ("second", 2), ("out", 3)]


def test_a_run_whose_weights_are_there_needs_none_before(recipe):
    recipe.with_name("first").mkdir()
    assert epochs(recipe) == [("second", 2), ("out", 3)]

    recipe.with_name("second").mkdir()
    assert epochs(recipe) == [("out", 3)]


def test_a_run_from_random_weights_needs_none_before(recipe):
    runs = runs_to_make(recipe, Settings(epochs=3), recipe.with_name("out"))

    assert [settings.epochs for _, settings in runs] == [3]


def test_a_list_of_earlier_runs_that_is_none_is_refused(tmp_path):
    (tmp_path / "recipe.json").write_text('{"earlier": {"epochs": 3}}')

    with pytest.raises(ValueError, match="earlier is a list of groups of settings"):
        runs_to_make(tmp_path / "recipe.json", Settings(), tmp_path / "out")


def test_a_checkpoint_tells_the_runs_that_led_to_it(checkpoint):
    config = read_config(checkpoint) | {"earlier": [{"epochs": 1}], "training": {"epochs": 2}}
    (checkpoint / CONFIG).write_text(json.dumps(config))

    assert earlier_runs(Settings(weights=str(checkpoint))) == [{"epochs": 1}, {"epochs": 2}]
    assert earlier_runs(Settings(weights="imagenet")) == []
