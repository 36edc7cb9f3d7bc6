"""Faces that a network would be both trained and measured on: its figures would be too good."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from ml.data.celeba import FaceSet
from ml.data.tables import PARTITIONS, DatasetError

SHOWN = 3  # in a message: check_dataset lists all
REMEDY = "`manage.py check_dataset FOLDER --output REPORT` lists all of them for --exclude"
WORDS = {number: name for name, number in PARTITIONS.items()}

Group = list[int]  # rows of faces that belong together


def shared_pictures(faces: FaceSet) -> list[Group]:
    """Groups of byte-identical pictures that are in more than one partition.

    The faces have hashes.
    """
    return _in_two_partitions(faces, [row.tobytes() for row in _hashes(faces)])


def shared_persons(faces: FaceSet) -> list[Group]:
    """The pictures of each person who is in more than one partition; none if nobody is known."""
    if faces.persons is None:
        return []
    return _in_two_partitions(faces, faces.persons.tolist(), unknown=-1)


def _in_two_partitions(
    faces: FaceSet, keys: Iterable[object], unknown: object = None
) -> list[Group]:
    groups = defaultdict(list)
    for row, key in enumerate(keys):
        groups[key].append(row)
    groups.pop(unknown, None)
    return [rows for rows in groups.values() if len(set(faces.partitions[rows].tolist())) > 1]


def check_persons(faces: FaceSet) -> None:
    """Raise DatasetError if a person is in two partitions."""
    if groups := shared_persons(faces):
        raise DatasetError(
            f"{_count(groups, 'person')} in two partitions, and a network is not to be measured "
            f"on people it was trained on: {_named(faces, groups)}; {REMEDY}"
        )


def check_pictures(faces: FaceSet, origins: Mapping[str, str]) -> None:
    """Raise DatasetError if a picture is in two partitions.

    Args:
        faces: those of all partitions, with hashes.
        origins: what further training faces were cut from: words for each SHA-256.
    """
    if groups := shared_pictures(faces):
        raise DatasetError(
            f"{_count(groups, 'picture')} in two partitions, and a network is not to be measured "
            f"on faces it was trained on: {_named(faces, groups)}; {REMEDY}"
        )
    for row, digest in enumerate(_hashes(faces)):
        words = origins.get(digest.tobytes().hex())
        if words and faces.partitions[row] != PARTITIONS["train"]:
            raise DatasetError(
                f"{words} is of {_place(faces, row)}, and a network is not to be measured on faces "
                "it was trained on: leave that picture out with --exclude, or delete the photo"
            )


def _hashes(faces: FaceSet) -> np.ndarray:
    if faces.hashes is None:
        raise TypeError("these faces have no hashes yet")
    return faces.hashes


def _count(groups: list[Group], thing: str) -> str:
    return f"1 {thing} is" if len(groups) == 1 else f"{len(groups)} {thing}s are"


def _named(faces: FaceSet, groups: list[Group]) -> str:
    """The first groups, each by one picture of every partition it is in."""
    named = []
    for rows in groups[:SHOWN]:
        one_of_each = {int(faces.partitions[row]): row for row in reversed(rows)}
        named.append(" = ".join(_place(faces, row) for _, row in sorted(one_of_each.items())))
    return ", ".join(named) + (", ..." if len(groups) > SHOWN else "")


def _place(faces: FaceSet, row: int) -> str:
    return f"{faces.files[row]} ({WORDS[int(faces.partitions[row])]})"
