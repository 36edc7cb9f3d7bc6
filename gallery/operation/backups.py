"""Where backups lie, and what each says about itself.

A folder of backups holds pictures, originals and checkpoints, each under the hash of its content
and so only once, and a folder of rows for each time that a backup was made:

    pictures/ab/abcd....jpg   originals/cd/cdef....orig   checkpoints/SHA256/
    2026-11-29T02-41-08Z/{manifest.json,*.jsonl.gz}
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

from gallery.models import Photo
from gallery.models.picture import ORIGINAL
from gallery.operation import rows

FORMAT = 2  # 2 has originals; goes up when older versions cannot read it
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
    originals: int = 0
    lost_originals: list[str] = field(default_factory=list)  # the same of originals
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

    def original(self, sha256: str) -> Path:
        return self.folder / "originals" / sha256[:2] / f"{sha256}{ORIGINAL}"

    def files(self) -> Iterator[Path]:
        """All pictures and originals."""
        yield from (self.folder / "pictures").glob("*/*.jpg")
        yield from (self.folder / "originals").glob(f"*/*{ORIGINAL}")

    def checkpoint(self, sha256: str) -> Path:
        return self.folder / "checkpoints" / sha256


def file_of(backup: Path, table: str) -> Path:
    return backup / f"{table}.jsonl.gz"


def hash_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@dataclass(frozen=True)
class Stored:
    """A file of a photo: its name in private storage, its hash, and where a backup has it."""

    uuid: str
    is_original: bool
    name: str
    sha256: str
    copy: Path


def files_of(photo: Photo, shelf: Shelf) -> Iterator[Stored]:
    """The picture of a photo, and the original if it keeps that."""
    uuid, picture, original = str(photo.uuid), photo.stored_sha256, photo.sha256
    yield Stored(uuid, False, photo.file_name(), picture, shelf.picture(picture))
    if photo.original_bytes:
        yield Stored(uuid, True, photo.original_file(), original, shelf.original(original))


def files_in(backup: Path) -> Iterator[Stored]:
    """The files of all photos that a backup has, but for those that were lost when it was made."""
    manifest, shelf = Manifest.read(backup), Shelf(backup.parent)
    lost = {False: set(manifest.lost), True: set(manifest.lost_originals)}
    for row in rows.read_rows(file_of(backup, PHOTOS)):
        photo = Photo(
            uuid=UUID(row["uuid"]),
            sha256=row["sha256"],
            stored_sha256=row["stored_sha256"],
            original_bytes=row.get("original_bytes", 0),  # those of before have none
        )
        for file in files_of(photo, shelf):
            if file.uuid not in lost[file.is_original]:
                yield file
