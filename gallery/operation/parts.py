"""The parts that the site needs, each with a function that raises if it does not answer."""

from collections.abc import Callable

from django.db import connection

from gallery import storage
from gallery.analysis import jobs


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


PARTS: dict[str, Callable[[], object]] = {
    "database": ask_database,
    "queue": jobs.check_queue,
    "storage": storage.check,
}
