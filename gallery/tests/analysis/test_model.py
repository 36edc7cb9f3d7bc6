import json
import logging

import pytest
from PIL import Image

from gallery.analysis.model import ActiveModel
from gallery.models import Photo
from gallery.tests.conftest import activate
from gallery.tests.factories import make_gallery, make_stored_photo, reload
from ml.models import ModelVersion
from ml.tests.conftest import make_checkpoint

pytestmark = pytest.mark.django_db


def test_photos_wait_while_no_model_is_active(analyst, caplog):
    ModelVersion.objects.all().delete()
    photo = make_stored_photo()

    tried = [analyst.analyse_batch() for _ in range(3)]

    assert tried == [0, 0, 0]
    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)
    assert caplog.text.count("activate_model") == 1


def test_photos_wait_while_the_checkpoint_is_missing_and_go_on_when_it_is_back(
    version, analyst, tmp_path
):
    photo = make_stored_photo()
    ModelVersion.objects.update(folder=tmp_path / "away")
    assert analyst.analyse_batch() == 0

    ModelVersion.objects.update(folder=version.folder)
    analyst.analyse_batch()

    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.READY, 1)


def test_another_checkpoint_than_the_registered_one_is_refused(analyst, caplog):
    make_stored_photo()
    ModelVersion.objects.update(sha256="0" * 64)

    assert analyst.analyse_batch() == 0
    assert "no longer holds" in caplog.text


def test_a_model_activated_in_mid_queue_answers_from_then_on(version, analyst, tmp_path, settings):
    settings.BATCH_SIZE = 1
    first, second = make_stored_photo(), make_stored_photo()
    analyst.analyse_batch()

    newer = activate(make_checkpoint(tmp_path / "newer", seed=1))
    analyst.analyse_batch()

    assert (reload(first).model_version, reload(second).model_version) == (version, newer)
    assert first.faces.get().smiling != second.faces.get().smiling


def test_a_checkpoint_written_anew_in_its_folder_is_loaded_anew(analyst, tmp_path, settings):
    settings.BATCH_SIZE = 1
    first, second = make_stored_photo(), make_stored_photo()
    activate(make_checkpoint(tmp_path / "model"))
    analyst.analyse_batch()

    activate(make_checkpoint(tmp_path / "model", seed=1))
    analyst.analyse_batch()

    assert first.faces.get().smiling != second.faces.get().smiling


def test_the_same_weights_activated_with_another_config_are_loaded_anew(tmp_path):
    folder = make_checkpoint(tmp_path / "model")
    activate(folder)
    model = ActiveModel()
    model.load()

    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"flip_average": True}))
    activate(folder)

    assert model.load().engine.config["flip_average"]


def test_the_model_is_loaded_once_for_many_batches(analyst, tmp_path, settings, caplog):
    caplog.set_level(logging.INFO, logger="ml")
    settings.BATCH_SIZE = 1
    activate(make_checkpoint(tmp_path / "once"))
    for _ in range(3):
        make_stored_photo(Image.new("RGB", (64, 64)), gallery=make_gallery())

    while analyst.analyse_batch():
        pass

    assert Photo.objects.ready().count() == 3
    assert caplog.text.count("loaded model once") == 1
