"""Compare two exports: faces added and removed, decisions and answers changed."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from celebattr_client.errors import CelebAttrError

DECISION = "_decision"  # ends the names of a CSV file's columns


class Face(NamedTuple):
    """What an export says of a face: its photo, and decisions and answers by attribute."""

    photo: str
    decisions: dict[str, str]
    answers: dict[str, str]


@dataclass(frozen=True)
class Export:
    """The faces of a file by id, and its card if it has one."""

    faces: dict[str, Face]
    card: dict[str, Any] | None = None


class Change(NamedTuple):
    """A face that is in one file only, or a decision or answer that changed."""

    what: str  # "gone", "new", "decision" or "answer"
    face: str
    photo: str
    attribute: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Difference:
    """All that differs between two exports."""

    before: Export
    after: Export
    changes: list[Change] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """In words: what the files are, then the number of each change, the most frequent first."""
        yield f"A: {_about(self.before)}"
        yield f"B: {_about(self.after)}"
        counts = Counter(change.what for change in self.changes)
        yield f"only in A: {counts['gone']}"
        yield f"only in B: {counts['new']}"
        for what in ("decision", "answer"):
            yield f"{what}s that differ: {counts[what]}"
            said = [change for change in self.changes if change.what == what]
            pairs = Counter((each.attribute, each.before, each.after) for each in said)
            for (attribute, before, after), count in pairs.most_common():
                yield f"  {attribute}: {before or 'none'} -> {after or 'none'}: {count}"


def read_export(path: Path) -> Export:
    """An export from its file, .jsonl or .csv; CelebAttrError if it cannot be read."""
    readers = {".jsonl": _read_lines, ".csv": _read_table}
    if path.suffix not in (*readers, ".parquet"):
        raise CelebAttrError(f"{path}: compare exports as .jsonl, .csv or .parquet")
    try:
        if path.suffix == ".parquet":
            return _read_parquet(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return readers[path.suffix](file)
    except OSError as error:
        raise CelebAttrError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise CelebAttrError(f"{path} is not an export of faces") from error


def compare(before: Export, after: Export) -> Difference:
    """What differs, face by face."""
    return Difference(before, after, list(_changes(before.faces, after.faces)))


def _read_lines(file: Iterator[str]) -> Export:
    faces, card = {}, None
    for line in file:
        content = json.loads(line)
        card = content.get("card", card)
        if "face" in content:
            said = content["corrections"].items()
            answers = {name: correction["answer"] for name, correction in said}
            decisions = content["decisions"] or {}
            faces[content["face"]] = Face(content["photo"], decisions, answers)
    return Export(faces, card)


def _read_parquet(path: Path) -> Export:
    try:
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise CelebAttrError(f"{path}: pip install pyarrow first, or use .csv") from error
    with parquet.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if name.endswith(DECISION)]
        faces: dict[str, Face] = {}
        for batch in file.iter_batches(columns=["photo", "face", "corrections", *names]):
            faces |= {row["face"]: _face_of(row) for row in batch.to_pylist()}
        card = json.loads(file.metadata.metadata[b"card"])
    return Export(faces, card)


def _read_table(file: Iterator[str]) -> Export:
    return Export({row["face"]: _face_of(row) for row in csv.DictReader(file)})


def _face_of(row: dict[str, Any]) -> Face:
    """The face in a table's row."""
    columns = [name for name in row if name.endswith(DECISION)]
    decisions = {name.removesuffix(DECISION): row[name] for name in columns if row[name]}
    answers = dict(said.split("=") for said in row["corrections"].split(";") if said)
    return Face(row["photo"], decisions, answers)


def _changes(before: dict[str, Face], after: dict[str, Face]) -> Iterator[Change]:
    for key, face in before.items():
        if key not in after:
            yield Change("gone", key, face.photo)
    for key, face in after.items():
        if key not in before:
            yield Change("new", key, face.photo)
            continue
        for what, was, now in (
            ("decision", before[key].decisions, face.decisions),
            ("answer", before[key].answers, face.answers),
        ):
            for name in sorted(was.keys() | now.keys()):
                if was.get(name) != now.get(name):
                    yield Change(what, key, face.photo, name, was.get(name, ""), now.get(name, ""))


def _about(export: Export) -> str:
    count = f"{len(export.faces)} faces"
    if export.card is None:
        return count
    card = export.card
    gallery = card["gallery"]["name"] if card["gallery"] else "all galleries"
    model = f"{card['model']['name']} ({card['model']['hash']})" if card["model"] else "no model"
    wanted = f"“{card['attrs']}”" if card["attrs"] else "everything"
    return f"{count}, {card['made_at']}, {gallery}, {wanted}, {model}"
