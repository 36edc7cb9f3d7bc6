"""Names in a filter: `name=beach`, `name="beach, summer"`, `gallery="Summer, again"`."""

import re

from django.db.models import Q

from gallery.names import safe_text

PLAIN = re.compile(r"[A-Za-z0-9_.-]+")  # needs no quotation marks
QUOTED = re.compile(r'"((?:[^"]|"")*)"')
IN_PLACE = re.compile(
    r'((?:^|[,|(])\s*[-?]?\s*(?:name|by|model|gallery)\s*=\s*")((?:[^"]|"")*)(?=")',
    re.IGNORECASE,
)


def hide_quoted(text: str) -> str:
    """The filter with an x for each character of a quoted name, which then separates nothing."""
    return IN_PLACE.sub(lambda found: found[1] + "x" * len(found[2]), text)


def read_name(text: str) -> str | None:
    """The name that was written, as names are stored; "" for none, None for wrong quotes."""
    if text.startswith('"'):
        found = QUOTED.fullmatch(text)
        return safe_text(found[1].replace('""', '"')) if found else None
    return safe_text(text).strip()


def write_name(name: str) -> str:
    """The name as a filter writes it."""
    if PLAIN.fullmatch(name):
        return name
    return '"{}"'.format(name.replace('"', '""'))


def has_in_name(column: str, part: str) -> Q:
    """The condition that a column has this part, in capital or small letters."""
    # SQLite's LIKE folds the case of ASCII letters only, its REGEXP is Python's.
    if part.isascii():
        return Q(**{f"{column}__icontains": part})
    return Q(**{f"{column}__iregex": re.escape(part)})
