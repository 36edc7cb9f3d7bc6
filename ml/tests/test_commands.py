import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from skimage import data

from ml.attributes import NAMES
from ml.checkpoint import read_config
from ml.engine import forget_engine
from ml.models import ModelVersion


@pytest.fixture(autouse=True)
def no_engine():
    forget_engine()
    yield
    forget_engine()


def run(*arguments) -> str:
    output = io.StringIO()
    call_command(*(str(argument) for argument in arguments), stdout=output)
    return output.getvalue()


@pytest.fixture
def portrait(tmp_path):
    path = tmp_path / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


TINY_RUN = ("--size", 32, "--width", 0.0625, "--head", 16, "--epochs", 2, "--batch-size", 16)


@pytest.mark.slow
def test_a_trained_model_can_be_evaluated_and_activated(celeba, tmp_path, db):
    output = tmp_path / "run"

    trained = run("train_model", "--data-dir", celeba, "--output", output, *TINY_RUN, "--quiet")
    run("evaluate_model", "--data-dir", celeba, "--checkpoint", output, "--json", tmp_path / "m")
    activated = run("activate_model", output)

    assert "32 training and 8 valid faces" in trained
    assert {"model.safetensors", "config.json", "accuracy.png", "loss.png", "history.csv"} == {
        path.name for path in output.iterdir()
    }
    assert json.loads((tmp_path / "m").read_text())["images"] == 8
    assert "run (" in activated
    assert ModelVersion.objects.active().sha256 == read_config(output)["sha256"]


def test_training_without_a_data_set_ends_with_two(tmp_path):
    with pytest.raises(CommandError) as error:
        run("train_model", "--data-dir", tmp_path / "none", "--output", tmp_path / "out")

    assert error.value.returncode == 2


def test_the_evaluation_table_ends_with_the_overall_metrics(celeba, checkpoint):
    table = run("evaluate_model", "--data-dir", celeba, "--checkpoint", checkpoint, "--quiet")

    assert "8 images" in table
    assert "balanced accuracy: " in table
    assert len(table.splitlines()) == 1 + 40 + 1 + 5


def test_evaluating_without_a_checkpoint_ends_with_two(celeba, tmp_path):
    with pytest.raises(CommandError, match="no checkpoint here") as error:
        run("evaluate_model", "--data-dir", celeba, "--checkpoint", tmp_path / "none")

    assert error.value.returncode == 2


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
            *("predict", portrait, "--checkpoint", checkpoint, "--format", "json"),
            *("--best", "--threshold", cut),
        )
    )[0]["probabilities"]

    assert set(best) <= {name for name, value in everything.items() if value >= cut - 1e-4}
    assert list(best.values()) == sorted(best.values(), reverse=True)


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
            *("predict", str(broken), str(portrait), str(tmp_path / "none.jpg")),
            *("--checkpoint", str(checkpoint), "--format", "csv"),
            stdout=output,
        )

    assert error.value.returncode == 2
    assert "none.jpg" in str(error.value)
    assert str(portrait) in output.getvalue()


def test_a_threshold_outside_zero_to_one_is_refused(portrait, checkpoint):
    with pytest.raises(CommandError, match="from 0 to 1"):
        run("predict", portrait, "--checkpoint", checkpoint, "--best", "--threshold", "75")


@pytest.mark.parametrize(
    ("option", "value"),
    [("--size", 31), ("--batch-size", 0), ("--epochs", 0), ("--rows", 0), ("--width", -1)],
)
def test_training_refuses_numbers_that_make_no_network(celeba, tmp_path, option, value):
    with pytest.raises(CommandError, match=f"{option}: "):
        run("train_model", "--data-dir", celeba, "--output", tmp_path / "out", option, value)


def test_a_run_whose_loss_is_not_finite_leaves_no_checkpoint(celeba, tmp_path):
    options = (*TINY_RUN, "--learning-rate", 1e30, "--quiet")

    with pytest.raises(CommandError, match="--learning-rate"):
        run("train_model", "--data-dir", celeba, "--output", tmp_path / "out", *options)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_told_before_the_evaluation(celeba, checkpoint, tmp_path):
    with pytest.raises(CommandError, match="--json"):
        run(
            *("evaluate_model", "--data-dir", celeba, "--checkpoint", checkpoint),
            *("--json", tmp_path / "none" / "metrics.json"),
        )
