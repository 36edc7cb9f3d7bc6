import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from PIL import Image
from skimage import data

from ml.attributes import NAMES
from ml.models import ModelVersion
from ml.networks.checkpoint import read_config
from ml.tests.conftest import make_checkpoint

pytestmark = pytest.mark.usefixtures("no_engine")


def run(*arguments) -> str:
    output = io.StringIO()
    call_command(*(str(argument) for argument in arguments), stdout=output)
    return output.getvalue()


@pytest.fixture
def portrait(tmp_path):
    path = tmp_path / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


def test_the_csv_of_a_prediction_has_the_box_and_the_forty_names(portrait, checkpoint):
    rows = list(
        csv.DictReader(
            run("predict", portrait, "--checkpoint", checkpoint, "--format", "csv").splitlines()
        )
    )

    assert list(rows[0]) == ["file", "face", "x", "y", "w", "h", *NAMES]
    assert rows[0]["file"] == str(portrait)
    assert float(rows[0]["x"]) == pytest.approx(0.35, abs=0.03)
    assert all(0 <= float(rows[0][name]) <= 1 for name in NAMES)


def test_best_keeps_what_is_above_the_threshold_most_probable_first(portrait, checkpoint):
    everything = json.loads(
        run("predict", portrait, "--checkpoint", checkpoint, "--format", "json")
    )[0]["probabilities"]
    cut = sorted(everything.values())[30]

    best = json.loads(
        run(
            "predict",
            portrait,
            "--checkpoint",
            checkpoint,
            "--format",
            "json",
            "--best",
            "--threshold",
            cut,
        )
    )[0]["probabilities"]

    assert set(best) <= {name for name, value in everything.items() if value >= cut - 1e-4}
    assert list(best.values()) == sorted(best.values(), reverse=True)


def test_yes_keeps_what_reaches_the_point_of_its_attribute(portrait, checkpoint):
    points = {name: float(number % 2) for number, name in enumerate(NAMES)}  # 0: all, 1: none
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps({**config, "decision_points": points}))

    (face,) = json.loads(
        run("predict", portrait, "--checkpoint", checkpoint, "--format", "json", "--yes")
    )

    assert set(face["probabilities"]) == set(NAMES[::2])


def test_yes_and_a_threshold_contradict_each_other(portrait, checkpoint):
    with pytest.raises(CommandError, match="--yes takes no --threshold") as error:
        run("predict", portrait, "--checkpoint", checkpoint, "--yes", "--best")
    assert error.value.returncode == 2


def test_json_tells_how_far_the_face_is_turned_and_what_found_it(portrait, checkpoint):
    (face,) = json.loads(run("predict", portrait, "--checkpoint", checkpoint, "--format", "json"))

    assert abs(face["angle"]) < 15
    assert face["detector"] == "finder"


def test_a_detector_file_that_is_missing_is_told(portrait, checkpoint, tmp_path):
    with pytest.raises(CommandError, match="none.onnx: there is no such file"):
        run("predict", portrait, "--checkpoint", checkpoint, "--yunet", tmp_path / "none.onnx")


def test_the_table_names_each_face(portrait, checkpoint):
    assert f"{portrait}  face 1  x=0.3" in run("predict", portrait, "--checkpoint", checkpoint)


def test_a_file_that_is_no_picture_is_named_and_the_others_are_answered(
    portrait, checkpoint, tmp_path, capsys
):
    broken = tmp_path / "broken.jpg"
    broken.write_text("not a picture")
    output = io.StringIO()

    with pytest.raises(CommandError, match="broken.jpg: not a picture") as error:
        call_command(
            "predict",
            str(broken),
            str(portrait),
            str(tmp_path / "none.jpg"),
            "--checkpoint",
            str(checkpoint),
            "--format",
            "csv",
            stdout=output,
        )

    assert error.value.returncode == 2
    assert "none.jpg" in str(error.value)
    assert str(portrait) in output.getvalue()


# --- Which model answers


def model_of(portrait, *more) -> str:
    """What the command says of the model that it used."""
    said = io.StringIO()
    call_command("predict", str(portrait), *map(str, more), stdout=io.StringIO(), stderr=said)
    return said.getvalue()


@pytest.fixture
def active(db, tmp_path) -> ModelVersion:
    folder = make_checkpoint(tmp_path / "active", seed=1)
    return ModelVersion.objects.activate(folder, read_config(folder))


def test_the_sites_model_answers_where_none_is_named(portrait, active):
    assert model_of(portrait) == f"Model: {active}, active on the site\n"


def test_the_named_model_answers_whatever_is_active(portrait, active, checkpoint):
    assert model_of(portrait, "--checkpoint", checkpoint) == f"Model: {checkpoint}\n"


@pytest.mark.django_db
def test_the_settings_model_answers_where_none_is_active(portrait, checkpoint, settings):
    settings.CHECKPOINT = checkpoint

    assert model_of(portrait) == f"Model: {checkpoint}\n"


@pytest.mark.django_db
def test_no_database_is_needed(portrait, checkpoint, settings):
    settings.CHECKPOINT = checkpoint
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ml_modelversion RENAME TO not_migrated")

    assert model_of(portrait) == f"Model: {checkpoint}\n"


def test_other_weights_in_the_active_models_folder_do_not_answer_for_it(portrait, active):
    make_checkpoint(Path(active.folder), seed=2)

    with pytest.raises(CommandError, match="no longer holds active") as error:
        model_of(portrait)

    assert error.value.returncode == 2


def test_a_threshold_outside_zero_to_one_is_refused(portrait, checkpoint):
    with pytest.raises(CommandError, match="from 0 to 1"):
        run("predict", portrait, "--checkpoint", checkpoint, "--best", "--threshold", "75")


def test_a_threshold_alone_is_enough(portrait, checkpoint):
    arguments = ("predict", portrait, "--checkpoint", checkpoint, "--format", "json")

    (face,) = json.loads(run(*arguments, "--threshold", "0.5"))

    assert 0 < len(face["probabilities"]) < 40
    assert min(face["probabilities"].values()) >= 0.5
