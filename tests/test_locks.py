"""The locks fit the requirements and name a hash for every file, and licenses are listed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
EACH = pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)


def required(file: Path) -> set[str]:
    """`name==version` of the file and of those that it includes."""
    pins = set()
    for line in file.read_text().splitlines():
        if line.startswith("-r "):
            pins |= required(ROOT / line[3:])
        elif line and not line.startswith("#"):
            pins.add(normal(line))
    return pins


def locked(file: Path) -> dict[str, int]:
    """`name==version`, and how many hashes it has."""
    text = (ROOT / "locks" / file.name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {normal(line.split()[0]): line.count("--hash=sha256:") for line in lines}


def normal(pin: str) -> str:
    name, _, version = re.sub(r"\[.*\]", "", pin).partition("==")
    return f"{re.sub('[-_.]+', '-', name).lower()}=={version}"


@EACH
def test_a_lock_has_what_is_required_at_that_version(file):
    assert required(file) <= set(locked(file))


@EACH
def test_every_line_of_a_lock_has_a_hash(file):
    assert min(locked(file).values()) > 0


@EACH
def test_what_the_tests_run_with_is_what_a_site_installs(file):
    assert set(locked(file)) <= set(locked(ROOT / "requirements-dev.txt"))


@pytest.mark.parametrize("part", ["", "-parquet", "-s3"])
def test_the_list_of_licenses_has_what_a_site_installs(part):
    rows = re.findall(r"^\| (\S+) +\| (\S+) ", (ROOT / "docs/licenses.md").read_text(), re.M)
    listed = {normal(f"{name}=={version}") for name, version in rows}

    assert required(ROOT / f"requirements{part}.txt") <= listed
