"""The rows of all tables, as files that SQLite and PostgreSQL can both take in.

A table is one gzipped file: a line with its columns, then a line of JSON for each row. A site can
be restored to another database, and by a later version.
"""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Model, fields

AT_ONCE = 2000  # rows that are fetched at a time
AS_IN_JSON = (fields.FloatField, fields.IntegerField, fields.CharField, fields.TextField)
# People log in again. The triggers of migration 0006 make the blocks, signs are the machine's own.
LEFT_OUT = {"sessions.session", "gallery.decisionblock", "gallery.sign"}


class _Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        if isinstance(value, (bytes, memoryview)):
            return base64.b64encode(bytes(value)).decode()
        if hasattr(value, "isoformat"):  # DjangoJSONEncoder would cut off the microseconds
            return value.isoformat()
        return super().default(value)


def tables(apps: Apps) -> list[type[Model]]:
    """The models whose rows are kept; those of many-to-many relations, too."""
    found = apps.get_models(include_auto_created=True)
    kept = [m for m in found if m._meta.managed and not m._meta.proxy]
    return [model for model in kept if model._meta.label_lower not in LEFT_OUT]


@contextmanager
def snapshot() -> Iterator[None]:
    """See the database as it is now, while others go on writing to it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own would be IMMEDIATE, and keep others out
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def write_rows(model: type[Model], file: Path) -> int:
    """Write all rows of a table. Returns how many."""
    names = [field.attname for field in model._meta.local_concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*names)
    count = 0
    with gzip.open(file, "wt", compresslevel=3, encoding="utf-8") as out:
        out.write(_line(names))
        for row in rows.iterator(chunk_size=AT_ONCE):
            out.write(_line(row))
            count += 1
    return count


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The rows in a file, as they were written."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        names = json.loads(next(lines))
        for line in lines:
            yield dict(zip(names, json.loads(line), strict=True))


def insert_rows(model: type[Model], file: Path) -> int:
    """Put the rows in a file into the model's empty table. Returns how many."""
    named = {field.attname: field for field in model._meta.local_concrete_fields}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        chosen = [named[name] for name in json.loads(next(lines))]
        readers = [_reader(field) for field in chosen]
        rows = (
            [read(value) for read, value in zip(readers, json.loads(line), strict=True)]
            for line in lines
        )
        insert = _copy if connection.vendor == "postgresql" else _insert
        return insert(model._meta.db_table, [field.column for field in chosen], rows)


def _reader(field: Any) -> Callable[[Any], Any]:
    """What turns a value in a file into one for the database."""
    kind = field.target_field if field.remote_field else field
    if isinstance(kind, AS_IN_JSON):
        return lambda value: value
    return lambda value: field.get_db_prep_save(kind.to_python(value), connection)


def _copy(table: str, columns: list[str], rows: Iterator[list[Any]]) -> int:
    names, count = ", ".join(map(connection.ops.quote_name, columns)), 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _insert(table: str, columns: list[str], rows: Iterator[list[Any]]) -> int:
    names, count = ", ".join(map(connection.ops.quote_name, columns)), 0
    places = ", ".join(["%s"] * len(columns))
    # Names of our own tables and columns; the values are parameters.
    sql = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        while some := list(islice(rows, AT_ONCE)):
            cursor.executemany(sql, some)
            count += len(some)
    return count


def _line(values: Any) -> str:
    return json.dumps(list(values), cls=_Encoder, ensure_ascii=False, separators=(",", ":")) + "\n"
