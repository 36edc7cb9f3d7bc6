"""Faces as a Parquet file."""

import io
import json
from datetime import UTC, datetime

import pandas as pd
import pytest
from pyarrow import parquet

from gallery.exchange.card import Card
from gallery.exchange.parquet import parquet_chunks
from gallery.exchange.spreadsheet import csv_lines, csv_rows
from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.tests.exchange.answered import answered_face
from gallery.tests.factories import make_face, make_gallery, make_photo, make_version
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    monkeypatch.setattr("gallery.exchange.parquet.ROWS", 2)


def export(version) -> io.BytesIO:
    card = Card.of(Look.of("faces>=0"), labels="all", gallery=None, version=version)
    return io.BytesIO(b"".join(parquet_chunks(Face.objects.order_by("pk"), card)))


def make_rows(version) -> list[Face]:
    """Three faces in two row groups: one answered about, one of a dated photo, a whole picture."""
    dated = make_photo(
        gallery=make_gallery(),
        original_name='Köln "1", 2.jpg',
        taken_at=datetime(2024, 6, 1, 23, 30, 5),
        taken_offset=-210,
    )
    whole = {"detector": "whole", "score": 0, "smiling": 0.1234}
    return [answered_face(), make_face(dated, smiling=0.9), make_face(**whole)]


def test_pandas_reads_what_the_csv_has():
    version = make_version()
    make_rows(version)
    rows = csv_rows(Face.objects.order_by("pk"), version)
    csv = pd.read_csv(io.StringIO("".join(csv_lines(rows))), keep_default_na=False)

    table = pd.read_parquet(export(version))

    assert len(table) == 3
    assert list(table.columns[: len(csv.columns)]) == list(csv.columns)
    for name in csv.columns:
        if pd.api.types.is_float_dtype(table[name]):
            assert table[name].dtype == "float32"
            assert table[name].astype(str).astype(float).tolist() == csv[name].tolist()
        elif name == "taken":
            texts = table[name].dt.strftime("%Y-%m-%d %H:%M:%S").fillna("")
            assert texts.tolist() == csv[name].tolist()
        else:
            assert table[name].tolist() == csv[name].tolist()


def test_columns_have_types():
    version = make_version()
    face, dated, _ = make_rows(version)

    table = parquet.read_table(export(version))

    kinds = {field.name: str(field.type) for field in table.schema}
    assert (kinds["Smiling"], kinds["w"], kinds["Smiling_answer"]) == ("float", "float", "bool")
    assert kinds["taken"] == "timestamp[us]"
    assert kinds["uploaded"] == kinds["answered"] == "timestamp[us, tz=UTC]"
    assert kinds["Bald_decision"].startswith("dictionary<values=string")
    first, second, third = table.to_pylist()
    answers = {
        name: first[f"{name}_answer"] for name in NAMES if first[f"{name}_answer"] is not None
    }
    given = face.corrections.all()
    assert answers == {each.attribute: each.is_yes for each in given}
    assert first["answered"] == max(each.created_at for each in given)
    assert (second["taken"], second["taken_offset"]) == (datetime(2024, 6, 1, 23, 30, 5), -210)
    assert second["uploaded"] == dated.photo.created_at.astimezone(UTC)
    assert (third["taken"], third["answered"], third["sha256"]) == (None, None, third["sha256"])


def test_the_metadata_hold_the_card_with_the_counts_at_the_end():
    version = make_version()
    make_rows(version)

    file = parquet.ParquetFile(export(version))

    card = json.loads(file.metadata.metadata[b"card"])
    assert (card["attrs"], card["faces"], card["answers"]) == ("faces>=0", 3, 2)
    assert file.metadata.num_row_groups == 2


def test_without_a_model_decisions_are_unknown():
    make_face()

    (row,) = parquet.read_table(export(None)).to_pylist()

    assert row["Smiling_decision"] is None and row["Smiling"] == 0.5


def test_an_export_of_nothing_is_a_table_without_rows():
    table = parquet.read_table(export(make_version()))

    assert (table.num_rows, "Smiling" in table.column_names) == (0, True)
    assert not Photo.objects.exists()


def test_each_row_group_is_sent_when_it_is_full():
    version = make_version()
    make_rows(version)
    chunks = parquet_chunks(Face.objects.order_by("pk"), card := Card(version))

    assert next(chunks)[:4] == b"PAR1"
    assert card.faces == 2
