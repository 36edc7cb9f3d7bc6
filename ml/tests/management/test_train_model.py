import csv
import io
import json
import os
import shlex
import shutil
import signal

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image

from ml import pred
from ml.data.celeba import load_faces, read_celeba
from ml.engine import load_engine
from ml.models import ModelVersion
from ml.networks.checkpoint import SHIPPED, read_config
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint
from ml.tests.conftest import make_celeba, make_checkpoint, own_celeba
from ml.training.data import Sources, TrainingData
from ml.training.results import Reporter
from ml.training.snapshots import SNAPSHOT, has_snapshot, run_lock

TINY = shlex.split("--size 32 --width 0.0625 --head 16 --epochs 2 --batch-size 16 --quiet")


@pytest.fixture
def train(celeba, tmp_path, settings, db):
    """Run the command on the drawn faces with more arguments; what it prints."""
    settings.VAR_DIR = tmp_path

    def run(*more) -> str:
        output = io.StringIO()
        arguments = ("--data-dir", celeba, "--output", tmp_path / "out", *TINY, *more)
        call_command("train_model", *map(str, arguments), stdout=output)
        return output.getvalue()

    return run


def refused(train, *more) -> str:
    """What the command says when it refuses these arguments as wrong."""
    with pytest.raises(CommandError) as error:
        train(*more)
    assert error.value.returncode == 2
    return str(error.value)


@pytest.mark.slow
def test_a_run_leaves_a_checkpoint_with_figures_plots_and_a_card(train, tmp_path):
    said = train()

    assert "32 training and 8 valid faces" in said
    assert "weights: drawn at random (He)" in said
    assert f"{tmp_path / 'out' / 'engine.onnx'}: " in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "model.safetensors",
        "config.json",
        "engine.onnx",
        "history.csv",
        "card.md",
        "accuracy.png",
        "loss.png",
        "attributes.png",
        "calibration.png",
        "mistakes.png",
    }
    with (tmp_path / "out" / "history.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert not (tmp_path / "out.run").exists()
    assert not (tmp_path / ".out.run.lock").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work")
def test_a_trained_model_can_be_evaluated_and_activated(train, celeba, tmp_path, db):
    train()
    checkpoint = tmp_path / "out"

    call_command(
        "evaluate_model",
        "--data-dir",
        str(celeba),
        "--checkpoint",
        str(checkpoint),
        "--json",
        str(tmp_path / "m.json"),
        "--quiet",
    )
    call_command("activate_model", str(checkpoint))

    assert json.loads((tmp_path / "m.json").read_text())["images"] == 8
    assert ModelVersion.objects.active().sha256 == read_config(checkpoint)["sha256"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags",
    [
        ("--channels", "1"),
        ("--rows", "16"),
        ("--architecture", "PlainCNN"),
        ("--activation", "tanh", "--no-batch-norm"),
        ("--loss", "focal", "--loss-weighting", "0.5"),
        ("--loss", "asymmetric", "--sampling", "0.5"),
        ("--optimizer", "sgd", "--no-flip-average"),
        ("--degrees", "20", "--shear", "5", "--zoom", "0.2", "--shift", "0.1", "--erase", "0.5"),
        ("--patience", "1", "--freeze-epochs", "1", "--trunk-rate", "0.1"),
    ],
)
@pytest.mark.usefixtures("no_side_work")
def test_every_option_makes_a_checkpoint_that_loads(train, tmp_path, flags):
    train(*flags, "--epochs", "1")

    model, config = load_checkpoint(tmp_path / "out")
    channels = config["network"]["channels"]
    assert model(torch.zeros(1, channels, 32, 32)).shape == (1, 40)


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work")
def test_a_teacher_is_learned_from_and_weights_are_taken_over(train, tmp_path):
    train()
    first = tmp_path / "first"
    (tmp_path / "out").rename(first)

    said = train("--teacher", first, "--weights", first)

    config = read_config(tmp_path / "out")
    assert "weights: all of the checkpoint first, sha256" in said
    assert config["initialised"].startswith("all of the checkpoint first")
    assert config["training"]["teacher"] == [str(first)]


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work")
def test_the_config_of_a_checkpoint_repeats_all_its_runs(train, tmp_path):
    first, recipe = tmp_path / "first", tmp_path / "recipe.json"
    tiny = {"size": 32, "width": 1 / 16, "head": [16], "epochs": 1, "batch_size": 16}
    recipe.write_text(json.dumps({"earlier": [tiny], "training": tiny | {"weights": str(first)}}))
    train("--config", recipe)
    (tmp_path / "out").rename(tmp_path / "shipped")
    shutil.rmtree(first)

    said = train("--config", tmp_path / "shipped" / "config.json")

    assert f"first the run that makes first, which {tmp_path} lacks" in said
    config = read_config(tmp_path / "out")
    assert config["initialised"].startswith("all of the checkpoint first, sha256 ")
    assert [run["epochs"] for run in config["earlier"]] == [1]


def test_a_dry_run_tells_of_the_runs_before_too(train, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({"earlier": [{}], "training": {"weights": "first"}}))

    said = train("--config", recipe, "--weights", tmp_path / "first", "--dry-run")

    assert said.count("Nothing was written.") == 2


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work")
def test_a_further_folder_adds_its_train_partition(train, tmp_path):
    further = make_celeba(tmp_path / "further", 24, seed=1)

    said = train("--also", further, "--epochs", "1")

    data = read_config(tmp_path / "out")["data"]
    part = read_celeba(further).partition("train")
    assert "16 more training faces from further" in said
    assert (data["train"], data["valid"]) == (48, 8)
    assert data["also"] == {"further": {"train": 16, "fingerprint": part.fingerprint()}}


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work", "no_engine")
def test_attributes_of_its_own_are_trained_evaluated_exported_and_predicted_but_not_activated(
    train, celeba, tmp_path
):
    own_celeba(celeba)
    checkpoint, said = tmp_path / "out", io.StringIO()

    began = train("--epochs", "1")

    assert "3 attributes: Grinning, Has glasses, Grumpy" in began
    config = read_config(checkpoint)
    assert config["attributes"] == ["Grinning", "Has glasses", "Grumpy"]
    assert config["network"]["outputs"] == 3
    assert "3 probabilities: Grinning, Has glasses, Grumpy" in (checkpoint / "card.md").read_text()
    measure = ("--data-dir", celeba, "--checkpoint", checkpoint, "--quiet")
    call_command("evaluate_model", *map(str, measure), stdout=said)
    call_command("export_model", str(checkpoint), "--data-dir", str(celeba), "--quiet", stdout=said)
    assert "Has glasses" in said.getvalue()
    found = pred(celeba / "img_align_celeba" / "000001.jpg", checkpoint)
    assert list(found) == ["Grinning", "Has glasses", "Grumpy"]
    with pytest.raises(CommandError, match="answers about 3 attributes of its own") as error:
        call_command("activate_model", str(checkpoint))
    assert error.value.returncode == 2


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work")
def test_some_of_the_columns_are_learned_from_pixels_in_0_to_1(train, celeba, tmp_path):
    train("--attributes", "Young", "Smiling", "--pixels", "unit", "--epochs", "1")

    config = read_config(tmp_path / "out")
    assert config["attributes"] == ["Young", "Smiling"]
    assert config["pixels"] == "unit"
    engine = load_engine(tmp_path / "out")
    faces = load_faces(read_celeba(celeba).take([0, 1]), 32, quiet=True)
    assert engine.runtime.startswith("ONNX Runtime")
    model, _ = load_checkpoint(tmp_path / "out")
    expected = answer(model, config, faces, torch.device("cpu"))
    assert np.abs(engine.answer(faces.numpy()) - expected).max() < 0.1


def test_rows_are_drawn_by_the_seed(celeba):
    def drawn(seed: int) -> list[str]:
        found = Sources(folder=celeba, rows=8, seed=seed).read().train.files
        return [file.name for file in found]

    assert drawn(0) == drawn(0) == sorted(drawn(0))
    assert len(drawn(0)) == 8
    assert drawn(0) != drawn(1)


def test_two_further_folders_have_two_names(train, celeba, tmp_path):
    (tmp_path / "other").mkdir()
    shutil.copytree(celeba, tmp_path / "other" / "further")
    further = make_celeba(tmp_path / "further", 24)

    words = refused(train, "--also", further, tmp_path / "other" / "further")

    assert "another folder has the same name" in words


def test_a_dry_run_says_sizes_and_time_and_writes_nothing(train, tmp_path):
    said = train("--dry-run")

    for word in ("network:", "steps:", "checkpoint:", "memory:", "time:", "Nothing was written."):
        assert word in said
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.run").exists()


@pytest.mark.slow
def test_a_search_for_a_rate_writes_a_table_and_a_plot_and_touches_nothing_else(
    train, tmp_path, monkeypatch
):
    monkeypatch.setattr("ml.training.rates.STEPS", 4)
    (tmp_path / "out.run").mkdir()
    (tmp_path / "out.run" / SNAPSHOT).touch()

    said = train("--find-rate")

    assert "4 steps up to 1; try --learning-rate" in said
    assert {path.name for path in (tmp_path / "out.rates").iterdir()} == {"rates.csv", "rates.png"}
    assert (tmp_path / "out.run" / SNAPSHOT).exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work")
def test_settings_come_from_a_file_and_flags_go_before_it(train, tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"label_smoothing": 0.05, "epochs": 9, "flip": 0}))

    train("--config", file)

    training = read_config(tmp_path / "out")["training"]
    assert training["label_smoothing"] == 0.05
    assert training["augmentation"]["flip"] == 0
    assert training["epochs"] == 2


def test_a_file_and_flags_are_judged_together(train, tmp_path, checkpoint):
    (tmp_path / "settings.json").write_text('{"start_share": 0.5}')

    said = train(
        "--config",
        tmp_path / "settings.json",
        "--weights",
        checkpoint,
        "--width",
        "0.03125",
        "--dry-run",
    )

    assert "Nothing was written." in said


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--epochs", "0"), "epochs is at least 1, not 0"),
        (("--rows", "0"), "--rows is at least 1, not 0"),
        (("--data-dir", "/nowhere"), "no such folder"),
        (("--also", "/nowhere"), "no such folder"),
        (("--teacher", "/nowhere"), "no checkpoint here"),
        (("--weights", "/nowhere.pth"), "no such file"),
        (("--architecture", "ResNet50", "--width", "0.5"), "a ResNet has width 1"),
        (("--config", "/nowhere.json"), "/nowhere.json"),
        (("--tracker", "wandb"), "--tracker is one of"),
        (("--resume",), "no interrupted run is here"),
        (("--start-share", "0.5"), "start_share and weights_sha256 go with weights"),
        (("--weights", "imagenet", "--weights-sha256", "ab"), "needs a file"),
    ],
)
def test_what_is_wrong_is_refused_before_the_first_step(train, tmp_path, flags, words):
    assert words in refused(train, *flags)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_with_another_hash_is_refused(train, checkpoint):
    assert "its sha256 is" in refused(train, "--weights", checkpoint, "--weights-sha256", "0bad")


def test_the_model_that_answers_is_not_written_over(train, tmp_path):
    output = make_checkpoint(tmp_path / "out")
    version = ModelVersion.objects.activate(output, read_config(output))

    assert "the site uses this model" in refused(train)
    assert version.is_intact()


@pytest.mark.parametrize("name", ["default", "mine"])
def test_what_comes_with_the_project_is_not_written_over(train, tmp_path, settings, name):
    settings.CHECKPOINT = tmp_path / "other"

    assert "belongs to the project" in refused(train, "--output", SHIPPED / name)
    assert not (SHIPPED / f".{name}.run.lock").exists()


def test_the_checkpoint_of_the_settings_is_not_written_over(train, tmp_path, settings):
    settings.CHECKPOINT = make_checkpoint(tmp_path / "out")

    assert "is the site's CHECKPOINT" in refused(train)


@pytest.mark.parametrize("flag", ["--output", "--cache-dir"])
def test_where_nothing_can_be_written_is_said_before_the_first_step(train, flag):
    assert "/proc/x: nothing can be written here" in refused(train, flag, "/proc/x")


def test_a_folder_that_another_run_writes_to_is_refused(train, tmp_path):
    with run_lock(tmp_path / "out.run"):
        assert "another run is writing here" in refused(train, "--restart")


def test_a_refusal_stands_when_torchrun_starts_again(train, tmp_path, monkeypatch):
    (tmp_path / "out.run").mkdir()
    (tmp_path / "out.run" / SNAPSHOT).touch()
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "one")
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")

    assert "an interrupted run is here" in refused(train)


def test_interrupted_before_its_first_step_a_run_has_nothing_to_go_on_with(train, monkeypatch):
    def decode(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainingData, "decode", decode)

    with pytest.raises(CommandError) as error:
        train()

    assert error.value.returncode == 130
    assert str(error.value) == "interrupted"


class InterruptedReporter(Reporter):
    """Sends SIGTERM after the first epoch."""

    def __call__(self, history) -> None:
        super().__call__(history)
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def interrupted(train, monkeypatch):
    """Begin a run with more arguments, and end it after its first epoch."""

    def run(*more) -> None:
        with monkeypatch.context() as patched, pytest.raises(CommandError) as error:
            patched.setattr("ml.training.run.Reporter", InterruptedReporter)
            train(*more)
        assert error.value.returncode == 143

    return run


def resume(output, *more) -> str:
    said = io.StringIO()
    call_command("train_model", "--output", str(output), "--resume", *map(str, more), stdout=said)
    return said.getvalue()


@pytest.mark.slow
@pytest.mark.usefixtures("no_side_work")
def test_a_run_is_resumed_without_saying_its_data_and_settings_again(
    interrupted, tmp_path, monkeypatch
):
    interrupted("--seed", "3", "--rows", "16", "--zoom", "0.2")
    monkeypatch.chdir(tmp_path)

    said = resume(tmp_path / "out", "--quiet")

    config = read_config(tmp_path / "out")
    assert "resumed at epoch 2" in said
    assert config["training"]["seed"] == 3
    assert config["training"]["augmentation"]["zoom"] == 0.2
    assert config["data"]["train"] == 16


@pytest.mark.slow
def test_a_run_with_other_settings_is_refused_before_faces_are_decoded(
    interrupted, tmp_path, monkeypatch
):
    interrupted()
    monkeypatch.setattr(TrainingData, "decode", None)

    with pytest.raises(CommandError, match="had seed 0, this one has 4") as error:
        resume(tmp_path / "out", "--seed", "4", "--quiet")

    assert error.value.returncode == 2
    assert has_snapshot(tmp_path / "out.run")


@pytest.mark.slow
def test_pictures_that_have_changed_are_noticed(interrupted, celeba, tmp_path):
    interrupted()
    for number in range(1, 11):
        Image.new("RGB", (89, 109), (number, 0, 0)).save(
            celeba / "img_align_celeba" / f"{number:06d}.jpg"
        )

    with pytest.raises(CommandError, match="the interrupted run had train pictures '"):
        resume(tmp_path / "out", "--quiet")


@pytest.mark.slow
def test_what_leaks_is_refused_and_an_interrupted_run_stays(interrupted, train, celeba, tmp_path):
    interrupted()
    shutil.copy(
        celeba / "img_align_celeba" / "000001.jpg", celeba / "img_align_celeba" / "000048.jpg"
    )

    assert "1 picture is in two partitions" in refused(train, "--restart")
    assert has_snapshot(tmp_path / "out.run")


def test_without_a_data_set_nothing_is_trained(tmp_path, db):
    with pytest.raises(CommandError, match="--data-dir FOLDER is needed") as error:
        call_command("train_model", "--output", str(tmp_path / "out"))

    assert error.value.returncode == 2


def test_a_further_folder_without_training_faces_is_refused(train, tmp_path):
    further = make_celeba(tmp_path / "further", 24)
    (further / "list_eval_partition.csv").unlink()

    assert "its train partition holds no face" in refused(train, "--also", further)


def test_a_wrong_label_is_refused_with_its_place(train, celeba):
    labels = celeba / "list_attr_celeba.csv"
    lines = labels.read_text().splitlines()
    lines[4] = lines[4].replace("-1", "7", 1)
    labels.write_text("\n".join(lines))

    words = refused(train)

    assert "list_attr_celeba.csv" in words
    assert "line 5" in words


@pytest.mark.usefixtures("no_side_work")
def test_a_damaged_picture_is_named_and_can_be_left_out(train, celeba, tmp_path):
    (celeba / "img_align_celeba" / "000003.jpg").write_bytes(b"\xff\xd8 not much")

    assert "000003.jpg" in refused(train)

    (tmp_path / "exclude.txt").write_text("000003.jpg\n")
    said = train("--exclude", tmp_path / "exclude.txt", "--epochs", "1")
    assert "31 training and 8 valid faces" in said
    assert "1 labeled faces skipped: on the exclusion list" in said


def test_an_output_that_holds_other_things_is_never_overwritten(train, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "photo.jpg").touch()

    assert "is not only a checkpoint" in refused(train)
