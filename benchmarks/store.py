"""A database of one's own on DATABASE_URL's server, or in a temporary file for SQLite.

Importing this module sets up Django.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")
django.setup()

from django.db import connection  # noqa: E402


@contextmanager
def own_database() -> Iterator[None]:
    """Connect to a new, migrated database, and drop it at the end.

    Its name has the process's number, so that two benchmarks at a time do not share one.
    """
    before = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as folder:
        name = f"benchmark_{os.getpid()}"
        is_file = connection.vendor == "sqlite"
        connection.settings_dict["TEST"]["NAME"] = str(Path(folder, name)) if is_file else name
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)


def execute(sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a statement. Returns its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def version() -> str:
    """The store's name and version."""
    asked = {
        "postgresql": "SELECT split_part(current_setting('server_version'), ' ', 1)",
        "sqlite": "SELECT sqlite_version()",
    }
    ((number,),) = execute(asked[connection.vendor])
    return f"{connection.display_name} {number}"


def settle() -> None:
    """Let the store gather its statistics after a large load."""
    execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def table_bytes(*tables: str) -> int:
    """Bytes on disk of these tables with their indexes."""
    marks = ", ".join(["%s"] * len(tables))
    if connection.vendor == "postgresql":
        sizes = f"SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(ARRAY[{marks}]) t"
    else:
        owned = f"SELECT name FROM sqlite_schema WHERE tbl_name IN ({marks})"
        sizes = f"SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND name IN ({owned})"
    ((found,),) = execute(sizes, tables)
    return int(found)
