import subprocess
import sys

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import get_commands

from gallery.tests.factories import make_version
from ml.networks.checkpoint import file_sha256


def found(**kwargs) -> set[str]:
    """The ids of our own checks' messages."""
    return {m.id for m in run_checks(**kwargs) if (m.id or "").startswith("celebattr.")}


def test_usual_settings_pass(settings, tiny_checkpoint):
    settings.CHECKPOINT = tiny_checkpoint

    assert found() == set()


def test_the_order_of_the_apps_that_loses_an_option_of_train_model_is_an_error(settings):
    others = [app for app in settings.INSTALLED_APPS if app != "gallery"]
    get_commands.cache_clear()
    settings.INSTALLED_APPS = [*others, "gallery"]

    try:
        assert "celebattr.E004" in found()
    finally:
        get_commands.cache_clear()


def test_pictures_need_a_folder(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "media"

    assert "celebattr.E002" in found()


def test_a_detector_file_that_is_missing_is_an_error(settings, tmp_path):
    settings.YUNET_MODEL = tmp_path / "none.onnx"

    assert "celebattr.E003" in found()


def test_a_missing_checkpoint_is_told_with_a_hint(settings, tmp_path):
    settings.CHECKPOINT = tmp_path

    assert "celebattr.W001" in found()


@pytest.mark.django_db
def test_a_site_without_an_active_model_is_told_what_to_run():
    messages = run_checks(tags=[Tags.database], databases=["default"])

    hint = next(m.hint for m in messages if m.id == "celebattr.W002")
    assert "manage.py activate_model" in hint


@pytest.mark.django_db
def test_an_active_model_passes_while_its_checkpoint_is_there(tiny_checkpoint):
    sha256 = file_sha256(tiny_checkpoint / "model.safetensors")
    version = make_version(folder=str(tiny_checkpoint), sha256=sha256)
    assert found(tags=[Tags.database], databases=["default"]) == set()

    version.folder = "/nowhere"
    version.save()
    assert found(tags=[Tags.database], databases=["default"]) == {"celebattr.W002"}


@pytest.mark.slow
def test_the_web_process_imports_neither_torch_nor_opencv():
    code = (
        "import importlib, sys, celebattr.wsgi\n"
        "from django.conf import settings\n"
        "importlib.import_module(settings.ROOT_URLCONF)\n"
        "import gallery.analysis.jobs, gallery.analysis.worker\n"
        "import gallery.analysis.model, ml.management.commands.activate_model\n"
        "print({'torch', 'cv2', 'torchvision'} & set(sys.modules))"
    )

    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (outcome.returncode, outcome.stdout) == (0, "set()\n"), outcome.stderr
