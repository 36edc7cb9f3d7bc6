"""What the documents tell people to type, typed as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.processes import ROOT
from tests.system.site import Site, database_url_for, photo

pytestmark = [pytest.mark.system, pytest.mark.slow]

SMALLER = {"draw_celeba var/drawn": "draw_celeba var/drawn --faces 60", "--epochs 12": "--epochs 1"}


def blocks(document: str, pattern: str) -> list[str]:
    """The indented blocks of the document in which the pattern stands."""
    found = re.findall(r"(?:^    .*\n)+", (ROOT / document).read_text(), re.MULTILINE)
    return [block for block in found if re.search(pattern, block, re.MULTILINE)]


def recipe(document: str) -> str:
    """The lines in the document that draw faces, train, evaluate and activate."""
    (block,) = blocks(document, "manage.py draw_celeba")
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


@pytest.mark.parametrize(
    "document, files",
    [("README.md", ["smiling.csv"]), ("docs/api.md", ["faces.csv", "faces.jsonl"])],
)
def test_the_requests_of_the_documents_are_answered(tmp_path, site, document, files):
    site.start_worker()
    (tmp_path / "face.jpg").write_bytes(photo(1))
    lines = "OTHER=$GALLERY\n".join(blocks(document, r"^    (.*=\$\(|)(curl|api)\b"))
    lines = lines.replace("127.0.0.1:8000", f"127.0.0.1:{site.port}")
    lines = re.sub(r"(TOKEN=|Token )\.\.\.", rf"\g<1>{site.token}", lines)

    typed = subprocess.run(
        ["bash", "-e", "-c", lines], cwd=tmp_path, capture_output=True, text=True
    )

    assert typed.returncode == 0, typed.stderr
    assert '"status":"ready"' in typed.stdout
    assert '"error"' not in typed.stdout
    assert all((tmp_path / name).stat().st_size for name in files)
