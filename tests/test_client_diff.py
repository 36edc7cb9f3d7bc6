"""celebattr diff: two exports of a real gallery compared."""

import csv
import sys
from pathlib import Path

import pytest
from celebattr_client import cli

from gallery.answers.corrections import answer
from gallery.exchange.card import Card
from gallery.exchange.formats import FORMATS, Selection
from gallery.filters.look import Look
from gallery.models import Face, Gallery, Photo
from gallery.tests.factories import make_gallery, make_ready, make_version
from ml.models import ModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def gallery() -> Gallery:
    make_version()
    return make_gallery()


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def kind(request) -> str:
    return request.param


@pytest.fixture
def export(tmp_path, gallery: Gallery, kind: str):
    def write(name: str) -> str:
        card = Card.of(Look(), labels="all", gallery=gallery, version=ModelVersion.objects.active())
        what = Selection(Face.objects.all(), Photo.objects.all(), card)
        path = tmp_path / f"{name}.{kind}"
        with path.open("wb") as file:
            for chunk in FORMATS[kind].chunks(what):
                file.write(chunk if isinstance(chunk, bytes) else chunk.encode())
        return str(path)

    return write


def compare(capsys, *arguments: str) -> tuple[int, list[str]]:
    code = cli.main(["diff", *arguments])
    return code, capsys.readouterr().out.splitlines()


def test_the_same_twice_does_not_differ(gallery, export, capsys):
    make_ready(gallery)

    code, lines = compare(capsys, export("a"), export("b"))

    assert code == 0
    assert lines[2:] == [
        "only in A: 0",
        "only in B: 0",
        "decisions that differ: 0",
        "answers that differ: 0",
    ]


def test_what_came_what_went_and_what_is_said_otherwise(gallery, export, capsys, tmp_path):
    gone, kept = make_ready(gallery, smiling=0.9), make_ready(gallery, smiling=0.1)
    before = export("a")
    gone.delete()
    new = make_ready(gallery)
    answer(kept.faces.all(), "Smiling", True, gallery.owner)

    code, lines = compare(capsys, before, export("b"), "--csv", str(tmp_path / "changes.csv"))

    assert code == 1
    assert lines[2:] == [
        "only in A: 1",
        "only in B: 1",
        "decisions that differ: 1",
        "  Smiling: no -> yes: 1",
        "answers that differ: 1",
        "  Smiling: none -> yes: 1",
    ]
    rows = list(csv.DictReader((tmp_path / "changes.csv").open()))
    assert {(row["what"], row["photo"]) for row in rows} == {
        ("gone", str(gone.uuid)),
        ("new", str(new.uuid)),
        ("decision", str(kept.uuid)),
        ("answer", str(kept.uuid)),
    }


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_card_tells_what_the_file_is_of(gallery, export, capsys):
    make_ready(gallery)
    active = ModelVersion.objects.active()

    _, lines = compare(capsys, export("a"), export("b"))

    assert lines[0].startswith("A: 1 faces, 20")
    assert f"{gallery.name}, everything, {active.name} ({active.short})" in lines[0]


def test_without_pyarrow_a_parquet_file_is_refused_in_words(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "a.parquet"

    assert cli.main(["diff", str(path), str(path)]) == cli.WRONG_INPUT
    assert "pip install pyarrow first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "name,size\n1,2\n", "is not an export of faces"),
        ("a.jsonl", "{broken", "is not an export of faces"),
        ("a.jsonl", "[1]\n", "is not an export of faces"),
        ("a.zip", "", "compare exports as .jsonl, .csv or .parquet"),
        ("a.parquet", "PAR1", "is not an export of faces"),
        ("missing.parquet", None, "No such file"),
        ("missing.csv", None, "No such file"),
    ],
)
def test_what_is_no_export_is_named(tmp_path: Path, capsys, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)

    assert cli.main(["diff", str(path), str(path)]) == cli.WRONG_INPUT
    assert words in capsys.readouterr().err
