"""Puts a backup back: checks all of it first, then files of photos, checkpoints and rows."""

import shutil
from pathlib import Path

from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import File
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from gallery import storage
from gallery.models import Gallery, Photo
from gallery.operation import rows
from gallery.operation.backups import (
    BackupError,
    Manifest,
    Shelf,
    file_of,
    files_in,
    hash_of,
)
from ml.files import AlreadyLocked, locked, replacing_folder
from ml.models import ModelVersion
from ml.networks.checkpoint import CheckpointError, read_config


def find_backup(folder: Path) -> Path:
    """The backup in this folder, or the newest one of a folder of backups."""
    if (folder / "manifest.json").is_file():
        return folder
    found = Shelf(folder).backups()
    if not found:
        raise BackupError(f"there is no whole backup in {folder}")
    return found[-1]


def restore_backup(backup: Path, force: bool = False) -> Manifest:
    """Replace this site's rows by those of a backup, and add its pictures and checkpoints.

    Raises:
        BackupError: the backup is damaged or newer than this version; this site is not empty, or
            runs. Nothing was changed.
        StorageError: pictures cannot be stored. The rows are as they were.
    """
    manifest, shelf = Manifest.read(backup), Shelf(backup.parent)
    _check_migrations(manifest)
    _check_files(backup, manifest, shelf)
    try:
        with locked(settings.VAR_DIR / "serve.lock", wait=False):
            if not force and not is_empty():
                raise BackupError("this site is not empty; --force replaces what it has")
            _store_files(backup)
            _store_rows(backup, manifest)
            call_command("migrate", interactive=False, verbosity=0)
            _store_checkpoints(manifest, shelf)
    except AlreadyLocked:
        raise BackupError("this site runs; stop it first") from None
    return manifest


def is_empty() -> bool:
    """Whether nobody has an account, and nothing was uploaded."""
    try:
        return not any(model.objects.exists() for model in (get_user_model(), Gallery, Photo))
    except DatabaseError:  # no tables yet
        return True


def _check_migrations(manifest: Manifest) -> None:
    known = MigrationExecutor(connection).loader.disk_migrations
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise BackupError(
            f"the backup is of CelebAttr {manifest.version}, which this version does not know "
            f"(it has {unknown[0]}); update CelebAttr"
        )


def _check_files(backup: Path, manifest: Manifest, shelf: Shelf) -> None:
    """Compare each file with its hash."""
    for label, table in manifest.tables.items():
        file = file_of(backup, label)
        if not file.is_file() or hash_of(file) != table.sha256:
            raise BackupError(f"{file} is missing or damaged")
    for stored in files_in(backup):
        if not stored.copy.is_file() or hash_of(stored.copy) != stored.sha256:
            raise BackupError(f"{stored.copy} is missing or damaged")
    for sha256 in manifest.checkpoints:
        try:
            intact = read_config(shelf.checkpoint(sha256))["sha256"] == sha256
        except (CheckpointError, OSError):
            intact = False
        if not intact:
            raise BackupError(f"{shelf.checkpoint(sha256)} is missing or damaged")


def _store_files(backup: Path) -> None:
    for stored in files_in(backup):
        with stored.copy.open("rb") as file:
            storage.save(stored.name, File(file))


def _store_rows(backup: Path, manifest: Manifest) -> None:
    """Make the tables anew, as they were then, and fill them: all of them or none."""
    _drop_tables()
    executor = MigrationExecutor(connection)
    targets = [(app, name) for app, name in manifest.migrations]
    apps = executor.migrate(targets).apps
    with transaction.atomic():
        _fill(apps, backup, manifest)


def _drop_tables() -> None:
    introspection, quote = connection.introspection, connection.ops.quote_name
    tables = introspection.django_table_names(only_existing=True, include_views=False)
    cascade = " CASCADE" if connection.vendor == "postgresql" else ""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in {*tables, "django_migrations"}:
            cursor.execute(f"DROP TABLE IF EXISTS {quote(table)}{cascade}")
        if connection.vendor == "postgresql":  # where triggers are functions, which stay
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
                "AND prorettype = 'trigger'::regtype AND starts_with(proname, 'gallery_')"
            )
            for (function,) in cursor.fetchall():
                cursor.execute(f"DROP FUNCTION {quote(function)}() CASCADE")


def _fill(apps: Apps, backup: Path, manifest: Manifest) -> None:
    models = [m for m in rows.tables(apps) if m._meta.label_lower in manifest.tables]
    for model in models:
        model._base_manager.all().delete()  # what migrations put in
        label = model._meta.label_lower
        count = rows.insert_rows(model, file_of(backup, label))
        if count != manifest.tables[label].rows:
            raise BackupError(f"{file_of(backup, label)} does not have the rows it should")
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _store_checkpoints(manifest: Manifest, shelf: Shelf) -> None:
    """Put the checkpoints of versions here that this machine does not have where they were."""
    for version in ModelVersion.objects.filter(sha256__in=manifest.checkpoints):
        if version.is_intact():
            continue
        folder = settings.VAR_DIR / "checkpoints" / f"{version.name}-{version.short}"
        with replacing_folder(folder) as partial:
            shutil.copytree(shelf.checkpoint(version.sha256), partial, dirs_exist_ok=True)
        ModelVersion.objects.filter(pk=version.pk).update(folder=str(folder.resolve()))
