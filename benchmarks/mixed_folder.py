"""A realistic folder: faces, mixed with hostile files and files that are not pictures."""

import hashlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.pictures import pictures

HOSTILE = 20  # of this many files, one is hostile
IN_A_FOLDER = 250
IS_PICTURE = re.compile(r"\.(jpe?g|png|webp|hei[cf]|mpo)$", re.IGNORECASE)
NAMED = re.compile(r"/(\d{5}) .*: \S")  # a file's number, and what is wrong with it


@dataclass
class Files:
    """A folder in which each file's name begins with its own number."""

    folder: Path
    hashes: dict[str, str] = field(default_factory=dict)  # SHA-256 by number; "" if unreadable
    good: set[str] = field(default_factory=set)  # SHA-256 of those that must be accepted
    odd: set[str] = field(default_factory=set)  # numbers of files that no browser hands over

    def __post_init__(self) -> None:
        self._numbers = itertools.count()

    def add(self, name: str, content: bytes, is_good: bool = False) -> Path:
        """Write a file; `is_good` if it must be accepted."""
        path = self._path(name)
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        self.hashes[path.name[:5]] = digest
        if is_good:
            self.good.add(digest)
        return path

    def add_odd(self, face: bytes) -> None:
        """Add what real folders contain: links, odd names, duplicates, unreadable files."""
        for name in ("once.jpg", "again.jpg"):
            self.add(name, face, is_good=True)
        odd = self.add("odd.jpg", face + b"odd", is_good=True)
        name = os.fsencode(odd.name[:6]) + b"\xe9" * 245 + b".jpg"
        odd.rename(os.fsdecode(os.fsencode(odd.parent) + b"/" + name))
        loop = self._path("loop.jpg")
        loop.symlink_to(loop.name)
        self.hashes[loop.name[:5]] = ""
        self.odd = {odd.name[:5], loop.name[:5]}
        (loop.parent / "up").symlink_to(self.folder)
        if os.geteuid():
            locked = self.add("locked.jpg", face + b"locked")
            locked.chmod(0)
            self.hashes[locked.name[:5]] = ""

    def without_odd(self) -> "Files":
        """What a browser hands over."""
        left = {number: sha256 for number, sha256 in self.hashes.items() if number not in self.odd}
        return Files(self.folder, left, self.good & set(left.values()))

    def _path(self, name: str) -> Path:
        number = next(self._numbers)
        path = self.folder / f"{number // IN_A_FOLDER:02}" / f"{number:05} {name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def make_files(folder: Path, count: int, faces: Path | None, hostile: Path | None) -> Files:
    """So many files, the hostile ones among the faces."""
    files = Files(folder)
    people, bad = faces_of(faces, count), hostile_of(hostile, -(-count // HOSTILE))
    for number in range(count):
        if number % HOSTILE:
            files.add(*next(people), is_good=True)
        else:
            files.add(*next(bad))
    files.add_odd(next(people)[1])
    return files


def faces_of(folder: Path | None, count: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents, of which no two are alike unless the folder's are."""
    if folder:
        yield from of_folder(spread(sorted(folder.iterdir()), count))
    for number, face in enumerate(itertools.cycle(pictures(None))):
        # Bytes after a JPEG's end change only its hash.
        yield "drawn.jpg", face + number.to_bytes(4, "big")


def hostile_of(folder: Path | None, count: int) -> Iterator[tuple[str, bytes]]:
    if folder:
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        kinds = [path for path in found if path.suffix not in (".csv", ".json", ".txt")]
        yield from of_folder(spread(kinds, count))
    face = pictures(None)[0]
    for number in itertools.count():
        yield "words.jpg", b"no picture %d" % number
        yield "cut off.jpg", face[: len(face) // 3] + b"%d" % number


def spread(paths: list[Path], count: int) -> list[Path]:
    """`count` of them, spread over the whole list; all if there are fewer."""
    step = max(1.0, len(paths) / count)
    return [paths[int(place * step)] for place in range(min(count, len(paths)))]


def of_folder(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        # All are named like pictures, or they would be left out.
        yield path.name + ("" if IS_PICTURE.search(path.name) else ".jpg"), path.read_bytes()
