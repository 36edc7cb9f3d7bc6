"""The filter expression: one line of text that says which faces are wanted.

    Smiling,-Eyeglasses,Black_Hair|Brown_Hair,Young>=0.8,?Bangs,faces>=2

A comma is AND, `|` is OR, `-` is no, `?` is unsure, and a comparison sets a threshold. `|` binds
first; what stands in brackets counts as one: `(Smiling,Young)|(Male,-Young)`. Some terms are about
the photo: see `gallery.filters.photo_terms`.

What is read is always a list of terms that must all hold, each with alternatives. Brackets are
multiplied out: `(A,B)|C` becomes `A|C,B|C`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from django.utils.translation import gettext, gettext_noop

from gallery.fields import DECIMALS
from gallery.filters.expression import Expression, Term
from gallery.filters.file_names import hide_quoted
from gallery.filters.photo_terms import (
    DENIABLE,
    PHOTO_NAMES,
    PhotoAlternative,
    near_photo_names,
    read_photo_alternative,
)
from gallery.filters.photo_values import NAMED
from gallery.filters.terms import (
    COMPARISONS,
    SIGNS,
    Alternative,
    FilterError,
    check_name,
    quoted,
)
from gallery.models.saved_filter import MATCHES, MAX_LENGTH

MAX_ALTERNATIVES = 100
MAX_DEPTH = 10  # of brackets in brackets
SIGNED = ("-", "?")
TOO_LONG = gettext_noop("The filter is too long: at most %(most)s characters.")

ALTERNATIVE = re.compile(
    r"(?P<sign>[-?]?)\s*(?P<name>[^<>=]*)(?P<operator>[<>=]*)(?P<number>.*)", re.DOTALL
)
# Characters that look like one of ours, as keyboards and word processors put them in, and some that
# cannot be seen. Each becomes one character, so that positions in messages stay right.
LOOKALIKES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d!\uff01\xac", "-")
    | dict.fromkeys("\uff0c\u3001\ufe50", ",")
    | dict.fromkeys("\uff5c\xa6", "|")
    | dict.fromkeys("\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", " ")
    | {"\uff08": "(", "\uff09": ")"}
    | {"\uff1f": "?", "\uff1e": ">", "\uff1c": "<", "\uff1d": "=", "\uff0e": "."}
)
DECIMAL_COMMA = re.compile(r"([<>]=?\s*[01]),(?=[0-9]+\s*(?:[,|)]|$))")
NUMBER = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")


def parse(text: str) -> Expression:
    """Read a filter; FilterError says at which character, from 1, the bad part begins."""
    if len(text) > MAX_LENGTH:
        raise FilterError(gettext(TOO_LONG) % {"most": MAX_LENGTH})
    written, text = text, text.translate(LOOKALIKES)
    if not text.strip():
        return Expression()
    _check_count(text.count(",") + text.count("|") + 1)
    # Names are read from `written`, everything else from this. Both have the same length.
    text = DECIMAL_COMMA.sub(r"\1.", hide_quoted(text))
    _check_brackets(text)
    terms: dict[frozenset[Alternative | PhotoAlternative], Term] = {}
    for term in _parse_list(text, 1, written):
        terms.setdefault(frozenset(term.alternatives), term)
    _check_count(sum(len(term.alternatives) for term in terms.values()))
    read = Expression(tuple(terms.values()))
    if len(str(read)) > MAX_LENGTH:  # it is kept as it is written here: 0.5 for .5
        raise FilterError(gettext(TOO_LONG) % {"most": MAX_LENGTH})
    return read


def check_match(match: str) -> None:
    """Raise FilterError for anything but "any" and "every"."""
    if match not in MATCHES:
        words = gettext("Unknown match %(match)s. Use any or every.")
        raise FilterError(words % {"match": quoted(match)}, "match")


def _check_count(parts: int) -> None:
    if parts > MAX_ALTERNATIVES:
        words = gettext("The filter has too many parts: at most %(most)s.")
        raise FilterError(words % {"most": MAX_ALTERNATIVES})


def _check_brackets(text: str) -> None:
    """Raise FilterError if a bracket lacks its other half, or too many are nested."""
    opened: list[int] = []
    for place, character in enumerate(text, 1):
        if character == "(":
            opened.append(place)
        elif character == ")" and not opened:
            words = gettext("The bracket at character %(place)s closes nothing.")
            raise FilterError(words % {"place": place})
        elif character == ")":
            opened.pop()
        if len(opened) > MAX_DEPTH:
            words = gettext("Brackets are nested too deeply: at most %(most)s levels.")
            raise FilterError(words % {"most": MAX_DEPTH})
    if opened:
        words = gettext("The bracket at character %(place)s is not closed.")
        raise FilterError(words % {"place": opened[-1]})


def _split(text: str, separator: str, start: int) -> Iterator[tuple[int, str]]:
    """The parts outside of brackets, without blanks, each after its first character's position."""
    part, depth = "", 0
    for character in [*text, separator]:
        depth += (character == "(") - (character == ")")
        if character != separator or depth:
            part += character
            continue
        yield start + len(part) - len(part.lstrip()), part.strip()
        start += len(part) + len(separator)
        part = ""


def _parse_list(text: str, start: int, written: str) -> list[Term]:
    """The terms of parts between commas."""
    return [
        term
        for begin, part in _split(text, ",", start)
        for term in _parse_choice(list(_split(part, "|", begin)), written)
    ]


def _parse_choice(pieces: list[tuple[int, str]], written: str) -> list[Term]:
    """The terms of parts between `|`: one, unless some of the parts are in brackets."""
    choices = [_parse_piece(start, text, written) for start, text in pieces]
    if len(choices) == 1:
        return choices[0]
    is_of_photo = choices[0][0].is_of_photo
    for (start, _), terms in zip(pieces, choices, strict=True):
        if any(term.is_of_photo != is_of_photo for term in terms):
            words = gettext(
                'Both sides of "|" must be about the photo, or about the face: see character '
                "%(place)s."
            )
            raise FilterError(words % {"place": start})
    _check_count(prod(map(len, choices)))
    return [_joined(terms) for terms in product(*choices)]


def _joined(terms: Iterable[Term]) -> Term:
    """The term that holds where one of these does; all are about the face, or the photo."""
    parts: Any = dict.fromkeys(part for term in terms for part in term.alternatives)
    return Term(tuple(parts))


def _parse_piece(start: int, text: str, written: str) -> list[Term]:
    """The terms in brackets, or the one of an alternative."""
    if text[:1] in SIGNED and text[1:].lstrip().startswith("("):
        words = gettext('"%(sign)s" does not go with brackets, at character %(place)s.')
        raise FilterError(words % {"sign": text[0], "place": start})
    if not text.startswith("("):
        part: Any = _parse_alternative(start, text, written)
        return [Term((part,))]
    inside, end = _inside(text)
    if end < len(text):
        words = gettext('A comma or "|" is missing at character %(place)s.')
        raise FilterError(words % {"place": start + end})
    return _parse_list(inside, start + 1, written)


def _inside(text: str) -> tuple[str, int]:
    """What is in the brackets that the text begins with, and its length up to their end."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if not depth:
            return text[1:place], place + 1
    raise AssertionError("the brackets were checked")


def _parse_alternative(start: int, text: str, written: str) -> Alternative | PhotoAlternative:
    found = ALTERNATIVE.fullmatch(text)
    assert found is not None  # noqa: S101  (for the type checker: the pattern takes any text)
    sign, name, operator, number = found.group("sign", "name", "operator", "number")
    name, place = name.strip(), start + found.start("name")
    if not name:
        raise FilterError(
            gettext("An attribute is missing at character %(place)s.") % {"place": place}
        )
    if name.lower() in PHOTO_NAMES:
        if sign and not (sign == "-" and name.lower() in DENIABLE):
            words = gettext('"%(sign)s" does not go with %(name)s, at character %(place)s.')
            raise FilterError(words % {"sign": sign, "name": name.lower(), "place": start})
        if name.lower() in NAMED:
            number = written[start - 1 + found.start("number") :][: len(number)]
        place = start + found.start("operator")
        read = read_photo_alternative(name.lower(), operator, number, place)
        return replace(read, is_denied=bool(sign))
    name = check_name(name, place, near_photo_names(name))
    if not operator:
        return Alternative(name, SIGNS[sign])
    return _parse_comparison(name, sign, operator, number, start, start + found.start("operator"))


def _parse_comparison(
    name: str, sign: str, operator: str, number: str, start: int, place: int
) -> Alternative:
    """Read a comparison that begins at `start`, with its operator at `place`."""
    comparison = next((known for known in COMPARISONS if known == operator), None)
    if comparison is None:
        words = gettext("Unknown comparison %(given)s at character %(place)s. Use >=, >, <= or <.")
        raise FilterError(words % {"given": quoted(operator), "place": place})
    if sign:
        words = gettext('"%(sign)s" does not go with a comparison, at character %(place)s.')
        raise FilterError(words % {"sign": sign, "place": start})
    value = _parse_number(number.strip())
    if value is None:
        place += len(operator) + len(number) - len(number.lstrip())
        words = gettext("A number between 0 and 1 is needed at character %(place)s.")
        raise FilterError(words % {"place": place})
    return Alternative(name, comparison, value)


def _parse_number(text: str) -> float | None:
    if not NUMBER.fullmatch(text) or not 0 <= Decimal(text) <= 1:
        return None
    return round(float(text), DECIMALS)
