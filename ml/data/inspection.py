"""What is wrong with a data set: damaged, duplicate and extra pictures, contradictory labels."""

import hashlib
import os
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from ml.data.celeba import PARTITIONS, DatasetError, FaceSet, decode_face, in_threads
from ml.data.leaks import shared_persons
from ml.figures import Figure

# Pairs of CelebA's attributes that cannot both be yes.
HAIR_COLORS = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair")
CONTRADICTIONS = (
    *combinations(HAIR_COLORS, 2),
    *(("Bald", other) for other in ("Bangs", *HAIR_COLORS, "Straight_Hair", "Wavy_Hair")),
    *(("No_Beard", other) for other in ("5_o_Clock_Shadow", "Goatee", "Mustache", "Sideburns")),
    ("Straight_Hair", "Wavy_Hair"),
)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Inspection:
    """The findings on a set of faces; rows are positions in `faces.files`.

    `damaged` maps rows to reasons, `copies` are groups of rows with identical bytes, `extra` are
    names of pictures without labels, `contradictions` counts faces by pair of attributes, `persons`
    are groups of rows that show one person, who is in more than one partition.
    """

    faces: FaceSet
    damaged: dict[int, str]
    copies: list[list[int]]
    extra: list[str]
    contradictions: dict[tuple[str, str], int]
    persons: list[list[int]]

    @property
    def contradictory_copies(self) -> list[list[int]]:
        """Groups of copies with different labels."""
        targets = self.faces.targets
        return [group for group in self.copies if (targets[group] != targets[group[0]]).any()]

    @property
    def leaks(self) -> list[int]:
        """Pictures to leave out, so that no picture and no person is in two partitions.

        The last partition keeps its own: metrics on test stay comparable, and training loses a
        face.
        """
        numbers = self.faces.partitions
        groups = [*self.copies, *self.persons]
        found = [row for group in groups for row in group if numbers[row] < max(numbers[group])]
        return list(dict.fromkeys(found))

    @property
    def one_sided(self) -> list[str]:
        """The attributes with the same answer for all faces: they cannot be learned."""
        shares = self.faces.targets.mean(0)
        names = self.faces.attributes
        return [name for name, share in zip(names, shares, strict=True) if share in (0, 1)]


def inspect_faces(faces: FaceSet, *, quiet: bool = False) -> Inspection:
    """Decode every picture fully, once, and compare pictures and labels."""

    def look(row: int) -> tuple[str, bytes]:
        file = faces.files[row]
        try:
            decode_face(file, 32, 3)  # decodes all of it, whatever the size of the result
            return "", hashlib.sha256(file.read_bytes()).digest()
        except DatasetError as error:
            return " ".join(str(error).removeprefix(f"{file}: ").split()), b""

    looks = in_threads(look, range(len(faces)), "decoding", quiet=quiet)
    same = defaultdict(list)
    for row, (reason, digest) in enumerate(looks):
        if not reason:
            same[digest].append(row)
    return Inspection(
        faces=faces,
        damaged={row: reason for row, (reason, _) in enumerate(looks) if reason},
        copies=[group for group in same.values() if len(group) > 1],
        extra=_extra_pictures(faces),
        contradictions=_count_contradictions(faces),
        persons=shared_persons(faces),
    )


def _extra_pictures(faces: FaceSet) -> list[str]:
    folder = faces.files[0].parent
    pictures = {name for name in os.listdir(folder) if name.lower().endswith(SUFFIXES)}
    return sorted(pictures - {file.name for file in faces.files})


def _count_contradictions(faces: FaceSet) -> dict[tuple[str, str], int]:
    column = dict(zip(faces.attributes, faces.targets.T.astype(bool), strict=True))
    pairs = [pair for pair in CONTRADICTIONS if column.keys() >= set(pair)]
    counts = {(a, b): int((column[a] & column[b]).sum()) for a, b in pairs}
    return {pair: count for pair, count in counts.items() if count}


def write_exclusions(found: Inspection, path: Path) -> None:
    """Write the damaged pictures and the leaks as `read_celeba(exclude=...)` takes them."""
    name = found.faces.names
    lines = ["# What `manage.py check_dataset` found. To leave these out, train with --exclude."]
    lines += [f"# {len(found.damaged)} cannot be decoded:"]
    lines += [f"{name[row]}  # {reason}" for row, reason in found.damaged.items()]
    lines += [
        f"# {len(found.leaks)} are also in a later partition (train, valid, test), or their person",
        "# is. That one keeps its own: a network must not be measured on what it was trained on.",
    ]
    lines += [name[row] for row in found.leaks]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def plot_balance(faces: FaceSet, path: Path) -> None:
    """Write a PNG with the share of yes of each attribute in each partition."""
    names = faces.attributes
    figure = Figure(figsize=(8, 3 + len(names) / 5), layout="constrained")
    axes = figure.subplots()
    parts = {name: faces.partition(name) for name in PARTITIONS}
    filled = {name: part for name, part in parts.items() if len(part)}
    height = 0.8 / len(filled)
    for number, (name, part) in enumerate(filled.items()):
        places = np.arange(len(names)) + (number - (len(filled) - 1) / 2) * height
        axes.barh(places, 100 * part.targets.mean(0), height, label=f"{name} ({len(part):,})")
    axes.set_yticks(np.arange(len(names)), names)
    axes.set(xlabel="faces with a yes, in %", xlim=(0, 100), ylim=(len(names) - 0.4, -0.6))
    axes.axvline(50, color="gray", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper right")
    figure.savefig(path, dpi=120)
