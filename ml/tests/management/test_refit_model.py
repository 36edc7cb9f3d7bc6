import hashlib
import io
import json

import pytest
from django.core.management import CommandError, call_command

from ml.attributes import NAMES
from ml.engine import load_engine
from ml.models import ModelVersion
from ml.networks.checkpoint import read_config
from ml.networks.export import export_engine

pytestmark = pytest.mark.django_db


def refit(*arguments) -> str:
    output = io.StringIO()
    call_command("refit_model", *map(str, arguments), "--quiet", stdout=output)
    return output.getvalue()


def hashes(folder) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_an_old_checkpoint_gets_what_todays_have_and_keeps_its_weights(checkpoint, celeba):
    before = read_config(checkpoint)

    said = refit(checkpoint, "--data-dir", celeba)

    after = read_config(checkpoint)
    assert after["sha256"] == before["sha256"]
    assert set(after["decision_points"]) == set(NAMES)
    assert after["metrics"]["images"] == 8
    assert "accuracy" in said
    assert "confidence)" in said
    assert "| attribute | yes from | no below | point |" in (checkpoint / "card.md").read_text()


def test_the_engine_is_that_of_the_new_calibration(checkpoint, celeba):
    export_engine(checkpoint)
    config = json.loads((checkpoint / "config.json").read_text())
    old = {**config, "temperatures": dict.fromkeys(NAMES, 2.0)}
    (checkpoint / "config.json").write_text(json.dumps(old))

    refit(checkpoint, "--data-dir", celeba)

    assert load_engine(checkpoint).config["temperatures"] == dict.fromkeys(NAMES, 1.0)


def test_an_engine_that_still_fits_is_kept(checkpoint, celeba):
    refit(checkpoint, "--data-dir", celeba)
    before = hashes(checkpoint)

    refit(checkpoint, "--data-dir", celeba)

    assert hashes(checkpoint) == before


def refused(*arguments) -> str:
    with pytest.raises(CommandError) as error:
        refit(*arguments)
    assert error.value.returncode == 2
    return str(error.value)


def test_without_valid_faces_nothing_changes(checkpoint, celeba):
    before = hashes(checkpoint)
    (celeba / "list_eval_partition.csv").unlink()

    said = refused(checkpoint, "--data-dir", celeba)

    assert "the valid partition has no faces" in said
    assert hashes(checkpoint) == before


def test_weights_that_do_not_fit_are_refused_and_stay(checkpoint, celeba):
    (checkpoint / "model.safetensors").write_bytes(b"damaged")
    before = hashes(checkpoint)

    assert "sha256" in refused(checkpoint, "--data-dir", celeba)
    assert hashes(checkpoint) == before


def test_the_model_that_the_site_uses_is_refused(checkpoint, celeba):
    ModelVersion.objects.activate(checkpoint, read_config(checkpoint))
    before = hashes(checkpoint)

    assert "the site uses this model" in refused(checkpoint, "--data-dir", celeba)
    assert hashes(checkpoint) == before
