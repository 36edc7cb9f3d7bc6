"""What the documents name is there: settings, commands, files, decisions in three parts."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ROOMS = sorted((ROOT / "docs/decisions").glob("*.md"))
PARTS = ("**Decided.** ", "**Why.** ", "**Measured.** ")


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def test_the_settings_page_lists_the_settings_of_the_template_with_their_defaults():
    template = re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M)
    page = (ROOT / "docs/settings.md").read_text()
    listed = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", page, re.M)

    assert sorted(listed) == sorted(template)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(document):
    named = re.findall(r"manage\.py ([a-z_]+)", document.read_text())

    assert set(named) <= {*get_commands(), "version"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_of_the_code_that_is_named_exists(document):
    named = re.findall(r"`((?:gallery|ml|celebattr|tests)/[\w/.-]+)`", document.read_text())

    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_every_decision_has_its_three_parts_in_order(room):
    _, *entries = re.split(r"^## ", room.read_text(), flags=re.M)

    for entry in entries:
        places = [entry.find(f"\n{part}") for part in PARTS]
        assert -1 not in places and places == sorted(places), entry.splitlines()[0]


def test_the_index_of_decisions_lists_each_one_and_the_newest_first():
    index = (ROOT / "docs/decisions.md").read_text()
    titles = [
        (title, f"decisions/{room.name}")
        for room in ROOMS
        for title in re.findall(r"^## (.+)$", room.read_text(), re.M)
    ]
    days = re.findall(r"^### (\d{4}-\d\d-\d\d)$", index, re.M)

    assert sorted(re.findall(r"^- \[(.+)\]\((.+)#.+\)$", index, re.M)) == sorted(titles)
    assert days == sorted(days, reverse=True)
