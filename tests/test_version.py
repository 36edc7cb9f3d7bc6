"""One version: the package names it, and the command line, the site and the changelog repeat it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from celebattr import __version__
from gallery.tests.factories import make_user

ROOT = Path(__file__).resolve().parent.parent
FOOTER = f"<li>Version {__version__}</li>"


@pytest.mark.parametrize("word", ["version", "--version"])
def test_the_command_line_names_the_project_s_version(word):
    said = subprocess.run(
        [sys.executable, "manage.py", word], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert said.stdout.startswith(f"CelebAttr {__version__} (Django ")


@pytest.mark.django_db
def test_the_footer_shows_the_version_to_people_who_are_logged_in(client):
    client.force_login(make_user())

    assert FOOTER in client.get("/").content.decode()


@pytest.mark.django_db
def test_the_footer_hides_the_version_from_strangers(client):
    assert FOOTER not in client.get("/").content.decode()


def test_the_newest_release_in_the_changelog_is_this_version():
    (newest, *_) = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)

    assert newest == __version__


def test_the_project_file_takes_the_version_from_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "celebattr.__version__"}
