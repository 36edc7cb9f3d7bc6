"""What the documents tell people to type, typed as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.site import ROOT, Site, database_url_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

SMALLER = {"draw_celeba var/drawn": "draw_celeba var/drawn --faces 60", "--epochs 12": "--epochs 1"}


def recipe(document: str) -> str:
    """The lines in the document that draw faces, train, evaluate and activate."""
    blocks = re.findall(r"(?:^    .*\n)+", (ROOT / document).read_text(), re.MULTILINE)
    (block,) = (block for block in blocks if "manage.py draw_celeba" in block)
    return block


def made_small(text: str, folder: Path) -> str:
    """The same with fewer faces and epochs, in another folder than var, for the tests' Python."""
    for old, new in SMALLER.items():
        assert old in text
        text = text.replace(old, new)
    return text.replace("var/", f"{folder}/").replace(". .venv/bin/activate", "")


def test_the_first_training_run_ends_on_the_site(tmp_path):
    database_url, drop = database_url_for(tmp_path, f"celebattr_recipe_{os.getpid()}")
    site = Site(tmp_path, database_url)
    site.set_up()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    typed = subprocess.run(
        ["bash", "-e", "-c", made_small(recipe("README.md"), tmp_path)],
        cwd=ROOT,
        env={**site.env, "PATH": path},
        capture_output=True,
        text=True,
    )

    assert typed.returncode == 0, typed.stderr
    assert "* first (" in site.manage("activate_model", "--list")
    drop()


def test_both_documents_tell_of_the_same_first_training_run():
    assert recipe("README.md").endswith(recipe("docs/training.md"))
