"""Refuses a database that a newer version of CelebAttr has migrated."""

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader


def refuse_newer_database(connection: BaseDatabaseWrapper) -> None:
    """Raise CommandError if a migration was applied that this version does not have.

    It only reads. An older version would not know the columns that the newer one fills.
    """
    try:
        loader = MigrationLoader(connection)
    except DatabaseError as error:
        said = str(error).strip().splitlines()[0]
        raise CommandError(f"The database cannot be used: {said}", returncode=2) from None
    unknown = sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in loader.migrated_apps and (app, name) not in loader.disk_migrations
    )
    if unknown:
        raise CommandError(
            f"A newer version of CelebAttr has used this database (it has {unknown[-1]}). "
            "Install that version, or name another DATABASE_URL or VAR_DIR. Nothing was changed.",
            returncode=2,
        )
