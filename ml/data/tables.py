"""The text files of CelebA. A malformed one is refused, with the line and column of the mistake.

A row is a file name and its values, separated by commas in a csv (Kaggle's) and by white space in
anything else (the original txt). Lines count from 1, as in an editor; column 1 is the file name.
Tables are large, so rows that are all well-formed are parsed at once; if one may not be, each row
is checked by itself.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from ml.attributes import NAMES, nearest

PARTITIONS = {"train": 0, "valid": 1, "test": 2}
NAME_COLUMNS = ("image_id", "filename", "file")  # how a txt may call its column of file names
# File names to check one by one: empty, hidden, or with an unusual character.
ODD_NAME = re.compile(r"^$|^\.|[^\w.\n-]", re.ASCII | re.MULTILINE)
MOST_ATTRIBUTES, LONGEST_NAME = 200, 100
OWN = " (attributes of your own are named by --attributes)"
# With so many of CelebA's names among its columns, a table is meant to be CelebA's.
MEANT = len(NAMES) // 2
COMMENT = re.compile(r"(?:^|\s)#")


class DatasetError(ValueError):
    """The data set cannot be used; the message names the file, the line and the column."""


@dataclass(frozen=True)
class Table:
    """N file names, and their (N, columns) uint8 values; row 0 is on line `first_line`."""

    path: Path
    names: list[str]
    values: np.ndarray
    first_line: int
    columns: tuple[str, ...]

    def place(self, row: int) -> str:
        """The file and line of a row, for messages."""
        return f"{self.path}: line {self.first_line + row}"


def read_labels(path: Path, attributes: Sequence[str] | None = None) -> Table:
    """Read the attribute file: values 0 and 1.

    Its columns have names and may be in any order. A txt may begin with the number of its rows.

    Args:
        path: the file.
        attributes: the columns to take, in this order. None for all: CelebA's 40 in CelebA's order,
            or those of another data set as they stand there.

    Raises:
        DatasetError: a row, column or cell is malformed, or there is no such column.
    """
    lines = _read_lines(path)
    counted = path.suffix != ".csv" and lines[0].strip().isdecimal()
    header = 1 if counted else 0
    if len(lines) == header:
        raise DatasetError(f"{path}: line {header}: the file ends before the names of the columns")
    columns = _columns(path, lines[header])
    chosen = choose_attributes(f"{path}: line {header + 1}", columns, attributes)
    rows = lines[header + 1 :]
    if counted and int(lines[0]) != len(rows):
        raise DatasetError(f"{path}: line 1: says {int(lines[0])} rows, but {len(rows)} follow")
    table = _read_rows(path, rows, header + 2, columns, ("-1", "0", "1"))
    order = [columns.index(name) for name in chosen]
    return replace(table, values=table.values[:, order], columns=chosen)


def read_partitions(path: Path) -> Table:
    """Read the partition file, with or without a header: one column of 0, 1 or 2.

    Raises:
        DatasetError: a row or cell is malformed.
    """
    lines = _read_lines(path)
    headed = _split(path, lines[0])[-1].lower() == "partition"
    rows = lines[1:] if headed else lines
    return _read_rows(path, rows, 1 + headed, ["partition"], ("0", "1", "2"))


def read_identities(path: Path) -> dict[str, int]:
    """The number of the person in each picture, as `identity_CelebA.txt` has it.

    Raises:
        DatasetError: a row is malformed.
    """
    lines = _read_lines(path)
    headed = not _split(path, lines[0])[-1].isdecimal()
    persons: dict[str, int] = {}
    for line, row in enumerate(lines[headed:], 1 + headed):
        fields = _split(path, row)
        if len(fields) != 2 or not fields[1].isdecimal():
            raise DatasetError(f"{path}: line {line}: is not a file name and a person's number")
        if fields[0] in persons:
            raise DatasetError(f"{path}: line {line}: {fields[0]} is repeated")
        persons[fields[0]] = int(fields[1])
    return persons


def read_exclusions(path: Path) -> list[tuple[str, str]]:
    """The file names of an exclusion list, each with its file and line.

    A `#` at the beginning of a line, or after white space, begins a comment.
    """
    names = [COMMENT.split(line)[0].strip() for line in _read_lines(path)]
    return [(name, f"{path}: line {line}") for line, name in enumerate(names, 1) if name]


def _read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file, without empty ones at its end."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
    content = content.removeprefix(codecs.BOM_UTF8)
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DatasetError(f"{path}: line {line}: is not UTF-8; save the file as UTF-8") from error
    lines = text.rstrip("\n").split("\n")
    if lines == [""]:
        raise DatasetError(f"{path}: the file is empty")
    return lines


def _split(path: Path, line: str) -> list[str]:
    """The fields of one line, at least one."""
    if path.suffix != ".csv":
        return line.split() or [""]
    return [field.strip().strip('"') for field in line.split(",")]


def _columns(path: Path, header: str) -> list[str]:
    """The names of the columns, without that of the file names."""
    fields = _split(path, header)
    named = path.suffix == ".csv" or fields[0].lower() in NAME_COLUMNS
    return fields[1:] if named else fields


def choose_attributes(
    place: str, columns: Sequence[str], attributes: Sequence[str] | None
) -> tuple[str, ...]:
    """The attributes to take of these columns.

    Raises:
        DatasetError: a column is unknown, repeated or missing, or its name is none.
    """
    for number, name in enumerate(columns):
        if name in columns[:number]:
            raise DatasetError(
                f"{place}, column {number + 2}: {name} is repeated: it is in column "
                f"{columns.index(name) + 2}"
            )
    if attributes is None:
        _check_meant(place, columns)
    for number, name in enumerate(columns):
        if why := why_no_attribute(name):
            raise DatasetError(f"{place}, column {number + 2}: {name!r} {why}")
    if attributes is None:
        attributes = NAMES if set(columns) == set(NAMES) else columns
    if not 1 <= len(attributes) <= MOST_ATTRIBUTES:
        raise DatasetError(
            f"{place}: has {len(attributes)} attributes, and 1 to {MOST_ATTRIBUTES} can be learned"
        )
    for name in attributes:
        if name not in columns:
            close = get_close_matches(name, columns, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise DatasetError(f"{place}: there is no column {name}{hint}")
    return tuple(attributes)


def _check_meant(place: str, columns: Sequence[str]) -> None:
    """Raise DatasetError if these are nearly CelebA's 40: a slip would be learned otherwise."""
    if len(set(columns) & set(NAMES)) < MEANT or set(columns) == set(NAMES):
        return
    for number, name in enumerate(columns):
        if name not in NAMES:
            close = nearest(name)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise DatasetError(
                f"{place}, column {number + 2}: {name!r} is not one of the 40 attributes{hint}{OWN}"
            )
    missing = [name for name in NAMES if name not in columns]
    if missing:
        raise DatasetError(
            f"{place}: has {len(columns)} attributes, not 40; there is no column "
            f"{', '.join(missing[:3])}{', ...' if len(missing) > 3 else ''}{OWN}"
        )


def why_no_attribute(name: str) -> str:
    """Why this cannot be the name of an attribute, such as -1 in a table without a header."""
    if not any(character.isalpha() for character in name):
        return "is not a name: it has no letter"
    if not name.isprintable() or len(name) > LONGEST_NAME:
        return f"is not a name: it is longer than {LONGEST_NAME} characters, or not printable"
    return ""


def _read_rows(
    path: Path, rows: list[str], first_line: int, columns: list[str], cells: tuple[str, ...]
) -> Table:
    if not rows:
        raise DatasetError(f"{path}: holds no rows below its header")
    separator = "," if path.suffix == ".csv" else " "
    read = _read_plain_rows(rows, separator, len(columns), cells)
    if read is None:
        read = _read_row_by_row(path, rows, first_line, columns, cells)
    return Table(path, *read, first_line, tuple(columns))


def _read_plain_rows(
    rows: list[str], separator: str, columns: int, cells: tuple[str, ...]
) -> tuple[list[str], np.ndarray] | None:
    """Names and values if all rows are well-formed and plainly written; None if one may not be."""
    parts = [row.partition(separator) for row in rows]
    names = [name for name, _, _ in parts]
    if ODD_NAME.search("\n".join(names)) or len(set(names)) < len(names):
        return None
    body = "\n".join([values.strip() for _, _, values in parts]) + "\n"
    minus = 0
    if "-1" in cells:  # so that each cell has one character, which numpy can read at once
        minus = body.count("-1")
        body = body.replace("-1", "0")
    if separator == " ":
        body = body.replace("  ", " ")
    if not body.isascii() or len(body) != len(rows) * 2 * columns:
        return None
    table = np.frombuffer(body.encode(), np.uint8).reshape(len(rows), columns, 2)
    values, gaps = table[..., 0] - ord("0"), table[..., 1]  # below "0", uint8 wraps to far above 2
    plain = bool((gaps[:, :-1] == ord(separator)).all() and (gaps[:, -1] == ord("\n")).all())
    if not plain or values.max() > int(cells[-1]):
        return None
    mixed = minus and minus != np.count_nonzero(values == 0)  # some no is 0, another -1
    return None if mixed else (names, values)


def _read_row_by_row(
    path: Path, rows: list[str], first_line: int, columns: list[str], cells: tuple[str, ...]
) -> tuple[list[str], np.ndarray]:
    """Names and values, however the rows are written.

    Raises:
        DatasetError: a row is malformed; the message is about the first one.
    """
    lines: dict[str, int] = {}
    values = np.empty((len(rows), len(columns)), dtype=np.int8)
    no = ""  # how this file writes "no": 0 or -1, by its first cell that is not 1
    for number, row in enumerate(rows):
        line = first_line + number
        name, *fields = _split(path, row)
        _check_name(f"{path}: line {line}", name, lines)
        lines[name] = line
        _check_row(f"{path}: line {line}", fields, columns, cells)
        if "-1" in cells:
            no = no or next((field for field in fields if field != "1"), "")
            _check_convention(f"{path}: line {line}", fields, columns, no)
        values[number] = [max(0, int(field)) for field in fields]
    return list(lines), values.astype(np.uint8)


def _check_name(place: str, name: str, lines: dict[str, int]) -> None:
    if not name:
        raise DatasetError(f"{place}, column 1: the file name is missing")
    if name in (".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise DatasetError(f"{place}, column 1: {name!r} is not a plain file name")
    if name in lines:
        raise DatasetError(f"{place}, column 1: {name} is repeated: it is on line {lines[name]}")


def _check_row(
    place: str, fields: Sequence[str], columns: Sequence[str], cells: Sequence[str]
) -> None:
    if len(fields) != len(columns):
        raise DatasetError(f"{place}: has {1 + len(fields)} columns, not {1 + len(columns)}")
    for number, (field, column) in enumerate(zip(fields, columns, strict=True), 2):
        if field not in cells:
            allowed = f"{', '.join(cells[:-1])} or {cells[-1]}"
            found = repr(field) if field else "empty"
            raise DatasetError(f"{place}, column {number} ({column}): is {found}, not {allowed}")


def _check_convention(place: str, fields: list[str], columns: list[str], no: str) -> None:
    """Refuse a mixture of -1 and 0: its 0 could mean no or unknown."""
    other = "0" if no == "-1" else "-1"
    if no and other in fields:
        number = fields.index(other)
        raise DatasetError(
            f"{place}, column {number + 2} ({columns[number]}): is {other}, but the rows above "
            f"write {no} for no; use one of them throughout"
        )
