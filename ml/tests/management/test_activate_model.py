import io
import json
import shutil
from pathlib import Path

import pytest
import torch
from django.core.management import CommandError, call_command
from django.db import OperationalError

from ml.attributes import NAMES
from ml.engine import Engine
from ml.models import ModelVersion
from ml.networks.architectures import VGG16
from ml.networks.checkpoint import read_config
from ml.networks.weights import save_checkpoint
from ml.tests.conftest import TINY, make_checkpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_engine")]


def activate_model(*arguments) -> str:
    output = io.StringIO()
    call_command("activate_model", *(str(argument) for argument in arguments), stdout=output)
    return output.getvalue()


def active_sha256() -> str:
    return ModelVersion.objects.active().sha256


@pytest.fixture
def active(checkpoint) -> Path:
    """The checkpoint that is active when the test begins."""
    activate_model(checkpoint)
    return checkpoint


@pytest.fixture
def newer(tmp_path) -> Path:
    return make_checkpoint(tmp_path / "newer", seed=1)


def change_config(folder: Path, **changes) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


# --- A checkpoint


def test_an_activated_checkpoint_answers_from_then_on(active, newer):
    answer = activate_model(newer)

    assert answer == f"newer ({read_config(newer)['sha256'][:8]}) is active\n"
    assert active_sha256() == read_config(newer)["sha256"]


def test_a_checkpoint_that_cannot_be_read_leaves_the_active_one(active, newer):
    (newer / "config.json").write_text("{")

    with pytest.raises(CommandError, match="not readable as JSON.*nothing was changed") as error:
        activate_model(newer)

    assert error.value.returncode == 2
    assert active_sha256() == read_config(active)["sha256"]


def test_weights_that_are_not_those_of_the_config_leave_the_active_one(active, newer):
    shutil.copy(active / "model.safetensors", newer)

    with pytest.raises(CommandError, match="sha256"):
        activate_model(newer)

    assert active_sha256() == read_config(active)["sha256"]


def test_a_folder_without_a_checkpoint_leaves_the_active_one(active, tmp_path):
    with pytest.raises(CommandError, match="no checkpoint here") as error:
        activate_model(tmp_path / "none")

    assert error.value.returncode == 2
    assert active_sha256() == read_config(active)["sha256"]


def test_a_dead_network_leaves_the_active_one(active, newer):
    model = VGG16(**TINY)
    for weights in model.parameters():
        torch.nn.init.zeros_(weights)
    save_checkpoint(newer, model, read_config(newer))

    with pytest.raises(CommandError, match="the same probability for all 40 attributes") as error:
        activate_model(newer)

    assert error.value.returncode == 2
    assert active_sha256() == read_config(active)["sha256"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (torch.rand(1, 39).numpy(), "shape"),
        (torch.full((1, 40), torch.nan).numpy(), "not probabilities"),
        (torch.linspace(0, 1.1, 40)[None].numpy(), "not probabilities"),
    ],
)
def test_an_answer_that_is_no_40_probabilities_is_refused(checkpoint, monkeypatch, answer, reason):
    monkeypatch.setattr(Engine, "predict", lambda engine, images: answer)

    with pytest.raises(CommandError, match=reason):
        activate_model(checkpoint)

    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize(
    "broken", [{"yes": 0.3, "no": 0.7}, {"yes": 0.6}, {"yes": "high", "no": 0.1}]
)
def test_thresholds_that_decide_nothing_are_refused(checkpoint, broken):
    change_config(checkpoint, thresholds=dict.fromkeys(NAMES, broken))

    with pytest.raises(CommandError, match="config.json") as error:
        activate_model(checkpoint)

    assert error.value.returncode == 2


def test_metrics_that_the_database_cannot_hold_are_refused(checkpoint):
    change_config(checkpoint, metrics={"accuracy": float("nan")})

    with pytest.raises(CommandError, match="config.json"):
        activate_model(checkpoint)


# --- Unless there is one


def test_if_none_keeps_the_active_model(active, tmp_path):
    answer = activate_model(tmp_path / "none", "--if-none")

    assert "is already active" in answer


def test_if_none_takes_up_new_weights_in_the_active_folder(active):
    make_checkpoint(active, seed=1)  # as an upgrade does with the default checkpoint

    activate_model(active, "--if-none")

    assert active_sha256() == read_config(active)["sha256"]


# --- Back


def test_previous_goes_back_and_then_forth(active, newer):
    activate_model(newer)

    activate_model("--previous")
    back = active_sha256()
    activate_model("--previous")

    assert back == read_config(active)["sha256"]
    assert active_sha256() == read_config(newer)["sha256"]


def test_previous_is_the_version_activated_last_not_the_one_made_last(active, newer, tmp_path):
    activate_model(newer)
    activate_model(active)
    activate_model(make_checkpoint(tmp_path / "newest", seed=2))

    activate_model("--previous")

    assert active_sha256() == read_config(active)["sha256"]


def test_there_is_no_way_back_from_the_first(active):
    with pytest.raises(CommandError, match="there is no version to go back to") as error:
        activate_model("--previous")

    assert error.value.returncode == 2


def test_weights_that_were_replaced_are_not_gone_back_to(active, newer):
    activate_model(newer)
    make_checkpoint(active, seed=2)

    with pytest.raises(CommandError, match="no longer holds tiny") as error:
        activate_model("--previous")

    assert error.value.returncode == 2
    assert active_sha256() == read_config(newer)["sha256"]


def test_previous_takes_no_checkpoint(active, newer):
    with pytest.raises(CommandError, match="take no checkpoint"):
        activate_model(newer, "--previous")


# --- The list


def test_the_list_marks_the_active_version_and_the_ones_that_are_gone(active, newer):
    activate_model(newer)
    shutil.rmtree(active)

    first, second = activate_model("--list").splitlines()

    assert first.startswith("* newer (")
    assert second.startswith("  tiny (")
    assert second.endswith("(no longer there)")


def test_an_empty_list_tells_the_next_step():
    assert "activate_model FOLDER" in activate_model("--list")


def test_a_database_without_tables_is_told_with_its_remedy(checkpoint, monkeypatch):
    def fail(*arguments):
        raise OperationalError("no such table: ml_modelversion")

    monkeypatch.setattr(ModelVersion.objects, "activate", fail)

    with pytest.raises(CommandError, match="`manage.py migrate`"):
        activate_model(checkpoint)
