"""Where backups lie, and what each says about itself.

A folder of backups holds pictures and checkpoints, each under the hash of its content and so only
once, and a folder of rows for each time that a backup was made:

    pictures/ab/abcd....jpg   checkpoints/SHA256/   2026-11-29T02-41-08Z/{manifest.json,*.jsonl.gz}
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gallery.operation import rows

FORMAT = 1  # goes up when older versions cannot read it
MANIFEST = "manifest.json"
STAMP = "%Y-%m-%dT%H-%M-%SZ"
STAMPED = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
PHOTOS = "gallery.photo"


class BackupError(Exception):
    """The backup cannot be made or used; the message says why."""


@dataclass(frozen=True)
class Table:
    """How many rows a table has, and the hash of its file."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    version: str  # of CelebAttr
    made_at: str
    database: str
    migrations: list[list[str]]  # the last one of each app
    tables: dict[str, Table]
    pictures: int
    lost: list[str]  # uuids of photos whose picture was gone or damaged
    checkpoints: list[str] = field(default_factory=list)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        try:
            said = json.loads((folder / MANIFEST).read_text())
            if said["format"] > FORMAT:
                raise BackupError(f"{folder} was made by a newer version of CelebAttr")
            said["tables"] = {name: Table(**table) for name, table in said["tables"].items()}
            return cls(**said)
        except FileNotFoundError:
            raise BackupError(f"{folder} is not a whole backup: it has no {MANIFEST}") from None
        except (ValueError, TypeError, KeyError) as error:
            raise BackupError(f"{folder / MANIFEST} cannot be read: {error}") from error


@dataclass(frozen=True)
class Shelf:
    """A folder of backups."""

    folder: Path

    def backups(self) -> list[Path]:
        """The whole ones, the newest last."""
        if not self.folder.is_dir():
            return []
        found = (path for path in self.folder.iterdir() if STAMPED.fullmatch(path.name))
        return sorted(path for path in found if (path / MANIFEST).is_file())

    def picture(self, sha256: str) -> Path:
        return self.folder / "pictures" / sha256[:2] / f"{sha256}.jpg"

    def pictures(self) -> Iterator[Path]:
        return (self.folder / "pictures").glob("*/*.jpg")

    def checkpoint(self, sha256: str) -> Path:
        return self.folder / "checkpoints" / sha256


def file_of(backup: Path, table: str) -> Path:
    return backup / f"{table}.jsonl.gz"


def hash_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def pictures_of(backup: Path) -> Iterator[tuple[str, str]]:
    """The uuid of each photo in a backup, and the hash of its picture."""
    for row in rows.read_rows(file_of(backup, PHOTOS)):
        yield row["uuid"], row["stored_sha256"]
