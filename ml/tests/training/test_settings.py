import json

import pytest
from django.conf import settings as site
from safetensors import safe_open

from ml.training.settings import Settings, read_earlier, read_settings

RECIPES = sorted((site.BASE_DIR / "ml" / "recipes").glob("*.json"))
SHIPPED = site.BASE_DIR / "ml" / "checkpoints" / "default" / "config.json"


def test_settings_written_as_json_are_read_back_equal(tmp_path):
    settings = Settings(epochs=3, head=(4096, 512)).changed({"degrees": 5})
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings.as_dict()))

    again = Settings().changed(read_settings(file))

    assert again == settings


def test_the_config_of_a_checkpoint_gives_the_settings_it_was_trained_with(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"network": {}, "training": {"epochs": 7}}))

    assert Settings().changed(read_settings(file)).epochs == 7


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"epochs": 0}, "epochs is at least 1, not 0"),
        ({"epochs": "many"}, "epochs is a whole number, not 'many'"),
        ({"epochs": True}, "epochs is a whole number, not True"),
        ({"loss": "hinge"}, "loss is one of bce, focal, asymmetric, not 'hinge'"),
        ({"head": [0]}, "head is at least 1, not 0"),
        ({"head": 512}, "head is a list of whole numbers, not 512"),
        ({"learning_rate": float("nan")}, "learning_rate is at least 0, not nan"),
        ({"flip": 2}, "flip is at most 1, not 2"),
        ({"speed": 1}, "there is no setting 'speed'"),
        ({"teacher": "a"}, "teacher is a list of words, not 'a'"),
        ({"teacher": ["a"], "teacher_answers": "b"}, "teacher or teacher_answers, not both"),
        ({"teacher_share": 1.5}, "teacher_share is at most 1, not 1.5"),
        ({"epochs": 2, "freeze_epochs": 3}, r"freeze_epochs is at most epochs \(2\), not 3"),
        ({"frozen_layers": 1}, "frozen_layers goes with weights"),
        (
            {"frozen_layers": 1, "weights": "a", "architecture": "ResNet50"},
            "frozen_layers is for VGG16 and PlainCNN",
        ),
        ({"best_by": "luck"}, "best_by is one of loss, map, accuracy, not 'luck'"),
        ({"augmentation": {"blur": 1}}, "there is no setting 'blur'"),
        ({"augmentation": None}, "augmentation is a group of settings, not None"),
    ],
)
def test_a_wrong_setting_is_named(given, words):
    with pytest.raises(ValueError, match=words):
        Settings().changed(given)


@pytest.mark.parametrize("content", ["{", "[1]"])
def test_a_file_without_settings_is_named(tmp_path, content):
    (tmp_path / "s.json").write_text(content)

    with pytest.raises(ValueError, match="s.json"):
        read_settings(tmp_path / "s.json")


def test_settings_of_an_earlier_version_are_read(tmp_path):
    file = tmp_path / "old.json"
    file.write_text(json.dumps({"optimiser": "sgd", "gamma": 2.0, "precision": "bf16"}))

    assert Settings().changed(read_settings(file)) == Settings(optimizer="sgd")


@pytest.mark.parametrize(("before", "today"), [("", ()), ("var/first", ("var/first",))])
def test_one_teacher_of_an_earlier_version_is_a_list_of_one(tmp_path, before, today):
    file = tmp_path / "old.json"
    file.write_text(json.dumps({"teacher": before}))

    assert Settings().changed(read_settings(file)).teacher == today


def test_a_fixed_setting_that_had_another_value_is_refused(tmp_path):
    file = tmp_path / "old.json"
    file.write_text(json.dumps({"precision": "float32"}))

    with pytest.raises(ValueError, match="there is no setting 'precision'"):
        Settings().changed(read_settings(file))


@pytest.mark.parametrize("file", [*RECIPES, SHIPPED])
def test_every_recipe_and_the_shipped_checkpoint_have_settings_that_can_be_trained_with(file):
    assert Settings().changed(read_settings(file)).epochs > 1


def test_the_kept_answers_are_about_the_faces_of_the_shipped_checkpoint():
    recipe = read_settings(site.BASE_DIR / "ml" / "recipes" / "default.json")
    trained_on = json.loads(SHIPPED.read_text())["data"]

    with safe_open(site.BASE_DIR / recipe["teacher_answers"], "pt") as file:
        assert file.get_slice("answers").get_shape() == [trained_on["train"], 40]
        assert file.metadata()["faces"] == trained_on["fingerprint"]


def test_the_shipped_checkpoint_lists_the_runs_that_its_recipe_makes_first():
    earlier = read_earlier(SHIPPED)

    assert earlier == read_earlier(site.BASE_DIR / "ml" / "recipes" / "default.json")
    assert [run.weights for run in earlier] == ["", "var/first"]
