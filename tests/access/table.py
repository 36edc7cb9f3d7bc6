"""The table in `matrix.txt`, beside the URL configuration."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.access.routes import Route, routes

ACTORS = (
    "anonymous",
    "other",
    "owner",
    "viewer",
    "editor",
    "removed",
    "staff",
    "superuser",
    "reader",
    "elsewhere",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OUT = ("login", "401", "403", "404")
# The CSRF tokens of a page, and the id that was asked for.
CHANGING = re.compile(r"\w{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOG_IN = ("/account/login/?", "/admin/login/?")


@dataclass(frozen=True)
class Row:
    """What the actors get at an address, by one of some methods."""

    name: str
    query: str
    methods: tuple[str, ...]
    answers: dict[str, str]


def read_rows() -> dict[str, list[Row]]:
    """The table, by name of address."""
    rows = defaultdict(list)
    for line in Path(__file__).with_name("matrix.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            address, methods, *answers = line.split()
            name, _, query = address.partition("?")
            named = METHODS if methods == "*" else tuple(methods.split(","))
            rows[name].append(Row(name, query, named, dict(zip(ACTORS, answers, strict=True))))
    return rows


ROWS = read_rows()
# Those that middleware answers are in no URL configuration.
ROUTES = {route.name: route for route in [*routes(), Route("/healthz"), Route("/media/")]}
OWN = [name for name in ROUTES if name in ROWS]
SAME = [
    name
    for name in OWN
    if ROUTES[name].kind and any(row.answers["other"] == "404" for row in ROWS[name])
]
PARTS = [name for name, route in ROUTES.items() if name not in ROWS and route.whole]
