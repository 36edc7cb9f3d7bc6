"""Each address answers each actor as `matrix.txt` says; one without a row there fails."""

import re
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.tests.factories import make_user
from tests.access.table import CHANGING, LOG_IN, METHODS, OUT, OWN, PARTS, ROUTES, ROWS, SAME
from tests.access.world import World, all_rows, logged_in

pytestmark = pytest.mark.django_db

STAFF = {"is_staff": True, "is_superuser": True}
# In a query. Whoever is answered by the same queries waits for the same time.
VALUES = re.compile(r"'[^']*'|\b[0-9]+\b|\bs[0-9]+_x[0-9]+\b")


def word(response: Any) -> str:
    """The status, or that somebody is sent to log in."""
    is_sent = response.status_code == 302 and response["Location"].startswith(LOG_IN)
    return "login" if is_sent else str(response.status_code)


def test_each_address_has_a_row_and_each_row_an_address():
    assert not [route for route in ROUTES.values() if not {route.name, route.whole} & set(ROWS)]
    assert not set(ROWS) - set(ROUTES) - {route.whole for route in ROUTES.values()}


@pytest.mark.parametrize("name", OWN)
def test_each_actor_gets_what_the_table_says(world, name):
    wanted, got = {}, {}
    for row in ROWS[name]:
        for method, (actor, answer) in product(row.methods, row.answers.items()):
            wanted[method, row.query, actor] = answer
            got[method, row.query, actor] = word(world.ask(actor, method, ROUTES[name], row.query))

    assert got == wanted
    if not ROUTES[name].whole:
        check_other_methods(world, name)


def check_other_methods(world: World, name: str) -> None:
    """A method without a row is refused those who get furthest, if they are not kept out anyway."""
    rows = ROWS[name]
    others = set(METHODS).difference(*(row.methods for row in rows))
    for actor, method in product(("owner", "superuser"), sorted(others)):
        refusals = {row.answers[actor] for row in rows} & set(OUT) | {"405"}
        assert word(world.ask(actor, method, ROUTES[name])) in refusals, (actor, method)


@pytest.mark.parametrize("whole", sorted({ROUTES[name].whole for name in PARTS}))
def test_nobody_else_gets_into_what_is_for_staff(world, whole):
    (row,) = ROWS[whole]
    kept_out = [actor for actor, answer in row.answers.items() if answer == "out"]

    inside = {
        (name, method, actor): answer
        for name in PARTS
        if ROUTES[name].whole == whole
        for method in row.methods
        for actor in kept_out
        if (answer := word(world.ask(actor, method, ROUTES[name]))) not in OUT
    }

    assert inside == {}


def test_what_is_not_yours_answers_like_what_is_not_there(world):
    """Its existence shows neither in the text, nor in a header, nor in what the database does."""
    theirs = [(name, m) for name in SAME for row in ROWS[name] for m in row.methods]

    def answers() -> dict[tuple[str, str], tuple[Any, ...]]:
        seen = {}
        for name, method in theirs:
            with CaptureQueriesContext(connection) as queries:
                answer = world.ask("other", method, ROUTES[name])
            shapes = [VALUES.sub("?", query["sql"]) for query in queries]
            seen[name, method] = *as_seen(answer), shapes
        return seen

    shown = answers()
    world.forget()

    assert answers() == shown
    assert {status for status, *_ in shown.values()} == {404}


def as_seen(response: Any) -> tuple[int, dict[str, str], str]:
    """An answer without what differs at each request."""
    headers = dict(response.headers) | {"X-Request-ID": "", "Expires": ""}
    return response.status_code, headers, CHANGING.sub("", response.content.decode())


def test_nothing_of_the_owners_is_shown_to_another(world):
    shown = [
        (name, actor, secret)
        for name in OWN
        if not ROUTES[name].whole
        for actor in ("anonymous", "other", "removed", "staff", "elsewhere")
        for secret in world.secrets()
        if (actor, secret) != ("elsewhere", world.owner.username)  # their own program
        and secret in text_of(world.ask(actor, "GET", ROUTES[name]))
    ]

    assert shown == []


def text_of(response: Any) -> str:
    return response.getvalue().decode(errors="ignore")


def test_whoever_sends_no_csrf_token_is_refused(world):
    """On pages and over REST alike, to somebody who is logged in."""
    world.clients["owner"] = logged_in(world.owner, enforce_csrf_checks=True)
    unsafe = [
        (name, method)
        for name in OWN
        if not name.startswith(("/healthz", "/media", "/api", "admin:"))
        for row in ROWS[name]
        for method in row.methods
        if method != "GET"
    ]

    answers = {key: word(world.ask("owner", key[1], ROUTES[key[0]])) for key in unsafe}

    assert {key: answer for key, answer in answers.items() if answer != "403"} == {}


def test_whoever_sends_no_csrf_token_is_refused_in_the_parts_for_staff_too(world):
    world.clients["superuser"] = logged_in(make_user("sam", **STAFF), enforce_csrf_checks=True)
    rows = all_rows()

    answers = {name: word(world.send("superuser", "POST", ROUTES[name])) for name in PARTS}

    assert "403" in answers.values()  # or it takes no POST
    assert {name for name, answer in answers.items() if answer not in ("403", "405")} == set()
    assert all_rows() == rows


def test_looking_changes_nothing(world):
    """But for the audit trail, which says what was exported, and what is only remembered."""
    before = all_rows()

    for name in OWN:
        for row in ROWS[name]:
            if "GET" in row.methods:
                world.send("owner", "GET", ROUTES[name], row.query)
                world.send("superuser", "GET", ROUTES[name], row.query)
        assert all_rows() == before, name
