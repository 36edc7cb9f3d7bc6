"""A database that a newer version has migrated, and one that cannot be read."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import ConnectionHandler

from celebattr import values
from gallery.management.newer import refuse_newer_database


@pytest.mark.django_db
def test_a_database_of_this_version_passes():
    refuse_newer_database(connection)


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["gallery", "ml", "auth"])
def test_a_migration_that_this_version_does_not_have_is_refused_by_name(app):
    MigrationRecorder(connection).record_applied(app, "9999_from_the_future")

    with pytest.raises(CommandError, match=f"newer version .* {app}.9999_from_the_future"):
        call_command("migrate")


@pytest.mark.django_db
def test_what_is_left_of_an_app_that_is_gone_passes():
    MigrationRecorder(connection).record_applied("gone", "0001_initial")

    refuse_newer_database(connection)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name, said",
    [("folder/none.sqlite3", "unable to open database file"), ("file", "file is not a database")],
)
def test_a_database_that_cannot_be_read_is_reported_in_one_line(tmp_path, name, said):
    (tmp_path / "file").write_bytes(b"not a database at all" * 100)
    unreadable = ConnectionHandler({"default": values.sqlite(tmp_path / name)})["default"]

    with pytest.raises(CommandError) as refused:
        refuse_newer_database(unreadable)

    assert str(refused.value) == f"The database cannot be used: {said}"


@pytest.mark.django_db
def test_the_folder_of_a_new_database_is_made(tmp_path, settings):
    settings.VAR_DIR = tmp_path / "new" / "var"

    call_command("migrate", verbosity=0)

    assert settings.VAR_DIR.stat().st_mode & 0o777 == 0o700
