"""When the database cannot be asked now: nobody's fault, and worth another try.

Django raises the same errors for a server that is away and for a wrong query; only the codes below
them differ.
"""

import sqlite3

import psycopg
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext, gettext_noop

AWAY = gettext_noop("The site cannot reach its database at the moment. Try again in a minute.")
FULL = gettext_noop("The server has no space left. Try again later.")
WAIT = 10  # seconds, for the header Retry-After

# Classes of PostgreSQL's codes: connections, resources, shutdowns, and conflicts of transactions.
POSTGRESQL = ("08", "53", "57P", "40", "55P03")
POSTGRESQL_FULL = "53100"
SQLITE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)


def outage(error: BaseException | None) -> tuple[int, str] | None:
    """The status of an answer and what it says, if the error is that the database is away or full.

    None for all other errors.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return None
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest tells more of the same
        is_full, is_away = code == sqlite3.SQLITE_FULL, code in SQLITE
    elif isinstance(cause, psycopg.Error):
        code = cause.sqlstate
        # Without a code, the connection is lost or could not be made.
        is_full, is_away = code == POSTGRESQL_FULL, code is None or code.startswith(POSTGRESQL)
    else:
        return None
    if is_full:
        return 507, gettext(FULL)
    return (503, gettext(AWAY)) if is_away else None
