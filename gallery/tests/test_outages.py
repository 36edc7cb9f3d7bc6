"""Which errors of a database mean that it is away or full, and what people are told then."""

import sqlite3

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from django.urls import reverse

from gallery.models import Gallery
from gallery.outages import AWAY, FULL, outage

pytestmark = pytest.mark.django_db


def chained(cause: Exception, kind: type[Exception] = OperationalError) -> Exception:
    """The error as Django raises it."""
    error = kind(str(cause))
    error.__cause__ = cause
    return error


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("an error")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def broken(monkeypatch):
    """Makes each query of galleries raise that error."""

    def breaks(error: Exception) -> None:
        def fail(*args):
            raise error

        monkeypatch.setattr(Gallery.objects, "visible_to", fail)

    return breaks


@pytest.mark.parametrize(
    "cause, expected",
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), (503, AWAY)),
        (sqlite_error(sqlite3.SQLITE_IOERR_READ), (503, AWAY)),
        (sqlite_error(sqlite3.SQLITE_FULL), (507, FULL)),
        (sqlite_error(sqlite3.SQLITE_ERROR), None),  # a wrong query
        (psycopg.OperationalError("the connection is lost"), (503, AWAY)),
        (psycopg.errors.TooManyConnections(), (503, AWAY)),
        (psycopg.errors.AdminShutdown(), (503, AWAY)),
        (psycopg.errors.DeadlockDetected(), (503, AWAY)),
        (psycopg.errors.DiskFull(), (507, FULL)),
        (psycopg.errors.QueryCanceled(), None),
    ],
)
def test_what_is_an_outage(cause, expected):
    assert outage(chained(cause)) == expected


def test_a_lost_connection_that_is_noticed_late_is_one_too():
    lost = chained(psycopg.InterfaceError("the connection is closed"), InterfaceError)

    assert outage(lost) == (503, AWAY)


@pytest.mark.parametrize("error", [None, ValueError("x"), OperationalError("x")])
def test_all_else_is_none(error):
    assert outage(error) is None


def test_an_error_of_another_kind_is_none():
    assert outage(chained(psycopg.errors.UniqueViolation(), IntegrityError)) is None


@pytest.mark.parametrize("code, status", [("57P01", 503), ("53100", 507)])
def test_the_api_asks_to_try_again(api, broken, code, status):
    broken(chained(psycopg.errors.lookup(code)()))
    api.raise_request_exception = False

    answer = api.get("/api/v1/galleries/")

    assert answer.status_code == status
    assert answer["Retry-After"] == "10"
    assert answer.json()["error"]["message"] in (AWAY, FULL)


def test_a_page_asks_to_try_again(client, gallery, broken):
    broken(chained(psycopg.errors.AdminShutdown()))
    client.raise_request_exception = False

    answer = client.get(reverse("gallery:home"))

    assert answer.status_code == 503
    assert AWAY in answer.content.decode()


def test_a_wrong_query_is_an_error_of_the_site(client, gallery, broken):
    broken(chained(sqlite_error(sqlite3.SQLITE_ERROR)))
    client.raise_request_exception = False

    assert client.get(reverse("gallery:home")).status_code == 500
