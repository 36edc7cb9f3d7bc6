"""Takes a backup while the site runs: rows and pictures that belong together."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from celebattr import __version__
from gallery import storage
from gallery.models import Photo, Sign
from gallery.models.photo import PhotoQuerySet
from gallery.models.sign import BACKUP
from gallery.operation import rows
from gallery.operation.backups import (
    PHOTOS,
    STAMP,
    BackupError,
    Manifest,
    Shelf,
    Stored,
    Table,
    file_of,
    files_in,
    files_of,
    hash_of,
)
from gallery.operation.hashes import hash_old_pictures
from ml.files import AlreadyLocked, locked, replacing_file, replacing_folder
from ml.models import ModelVersion

MOST_TRIES = 10


class _Changed(Exception):
    """A file does not match what was stored."""


def take_backup(folder: Path, keep: int | None = None) -> tuple[Path, Manifest]:
    """Add a backup to a folder of backups, of which the newest `keep` stay. Returns it.

    Raises:
        BackupError: another backup is being made there, or the database waits for a migration.
        StorageError: pictures cannot be fetched.
        OSError: the folder cannot be written.
    """
    shelf = Shelf(folder)
    migrations = _migrations()
    try:
        with _private_files(), locked(folder / ".lock", wait=False):
            hash_old_pictures()
            backup, manifest = _take(shelf, migrations)
            if keep:
                _forget_old(shelf, keep)
    except AlreadyLocked:
        raise BackupError(f"another backup is being made in {folder}") from None
    Sign.objects.leave(BACKUP, folder=str(backup), pictures=manifest.pictures)
    return backup, manifest


@contextmanager
def _private_files() -> Iterator[None]:
    """Let only this user read what is written: it holds photos, and hashes of passwords."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _migrations() -> list[list[str]]:
    """The last migration of each app."""
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(leaves):
        raise BackupError("the database is not up to date; run `manage.py migrate`")
    return [list(leaf) for leaf in leaves]


def _take(shelf: Shelf, migrations: list[list[str]]) -> tuple[Path, Manifest]:
    # Copy most files before the snapshot, so that it is held only briefly.
    lost = _still_wanted(_copy_files(shelf), shelf)
    for _ in range(MOST_TRIES):
        with rows.snapshot():
            missed = _copy_files(shelf)
            if missed <= lost:
                return _write(shelf, migrations, missed)
        # Deleted since the snapshot began: take another one. If not, they are lost for good.
        lost = _still_wanted(missed, shelf)
    raise BackupError("photos were deleted faster than they could be copied; try again")


def _write(shelf: Shelf, migrations: list[list[str]], lost: set[Stored]) -> tuple[Path, Manifest]:
    """Write all rows, and last the manifest, into a folder that is there whole or not at all."""
    now = datetime.now(UTC)
    backup = shelf.folder / now.strftime(STAMP)
    pictures = sorted(file.uuid for file in lost if not file.is_original)
    originals = sorted(file.uuid for file in lost if file.is_original)
    kept = Photo.objects.with_originals().count()
    with replacing_folder(backup) as partial:
        tables = _write_tables(partial)
        manifest = Manifest(
            version=__version__,
            made_at=now.isoformat(),
            database=connection.vendor,
            migrations=migrations,
            tables=tables,
            pictures=tables[PHOTOS].rows - len(pictures),
            lost=pictures,
            originals=kept - len(originals),
            lost_originals=originals,
            checkpoints=_copy_checkpoints(shelf),
        )
        manifest.write(partial)
    return backup, manifest


def _wanted(photos: PhotoQuerySet, shelf: Shelf) -> Iterator[Stored]:
    """The files that these photos should have."""
    columns = ("uuid", "sha256", "stored_sha256", "original_bytes")
    for photo in photos.only(*columns).order_by("pk").iterator(chunk_size=rows.AT_ONCE):
        yield from files_of(photo, shelf)


def _still_wanted(missed: set[Stored], shelf: Shelf) -> set[Stored]:
    """Those whose photos exist, and should have exactly that file."""
    names, found = [UUID(file.uuid) for file in missed], set[Stored]()
    for start in range(0, len(names), rows.AT_ONCE):
        some = Photo.objects.among(names[start : start + rows.AT_ONCE])
        found |= missed.intersection(_wanted(some, shelf))
    return found


def _copy_files(shelf: Shelf) -> set[Stored]:
    """Copy the files that are not there yet. Returns those that could not be copied."""
    wanted = _wanted(Photo.objects.all(), shelf)
    return {file for file in wanted if not file.sha256 or not _is_there(file)}


def _is_there(file: Stored) -> bool:
    """Whether the backup has the file; copies it if it is missing or changed."""
    if file.copy.exists():
        return True
    file.copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        with storage.open_file(file.name) as content, replacing_file(file.copy) as partial:
            with partial.open("wb") as copy:
                shutil.copyfileobj(content, copy)
            if hash_of(partial) != file.sha256:
                raise _Changed
    except (FileNotFoundError, _Changed):
        return False
    return True


def _write_tables(folder: Path) -> dict[str, Table]:
    written = {}
    for model in rows.tables(apps):
        label = model._meta.label_lower
        file = file_of(folder, label)
        written[label] = Table(rows.write_rows(model, file), hash_of(file))
    return written


def _copy_checkpoints(shelf: Shelf) -> list[str]:
    """Copy the checkpoints of all versions that this machine has. Returns their hashes."""
    copied = []
    for version in ModelVersion.objects.listed():
        target = shelf.checkpoint(version.sha256)
        if version.is_intact() and not target.exists():
            with replacing_folder(target) as partial:
                for file in Path(version.folder).iterdir():
                    if file.is_file() and not file.name.startswith("."):
                        shutil.copyfile(file, partial / file.name)
        if target.exists():
            copied.append(version.sha256)
    return copied


def _forget_old(shelf: Shelf, keep: int) -> None:
    """Remove all backups but the newest, and the photos' files that none of those refers to."""
    old = shelf.backups()[:-keep]
    for backup in old:
        shutil.rmtree(backup)
    if old:
        kept = {file.copy for backup in shelf.backups() for file in files_in(backup)}
        for file in shelf.files():
            if file not in kept:
                file.unlink()
