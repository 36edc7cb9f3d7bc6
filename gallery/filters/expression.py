"""The filter expression: one line of text that says which faces are wanted.

    Smiling,-Eyeglasses,Black_Hair|Brown_Hair,Young>=0.8,?Bangs,faces>=2

A comma is AND, `|` is OR, `-` is no, `?` is unsure, and a comparison sets a threshold. Some terms
are about the photo: see `gallery.filters.photo_terms`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from gallery.fields import DECIMALS
from gallery.filters.file_names import hide_quoted
from gallery.filters.photo_terms import (
    DENIABLE,
    PHOTO_NAMES,
    PhotoAlternative,
    near_photo_names,
    read_photo_alternative,
)
from gallery.filters.terms import (
    COMPARISONS,
    SIGNS,
    Alternative,
    FilterError,
    check_name,
    quoted,
)
from gallery.models.saved_filter import MATCHES, MAX_LENGTH
from ml.models import ModelVersion

MAX_ALTERNATIVES = 100
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
    | {"\uff1f": "?", "\uff1e": ">", "\uff1c": "<", "\uff1d": "=", "\uff0e": "."}
)
DECIMAL_COMMA = re.compile(r"([<>]=?\s*[01]),(?=[0-9]+\s*(?:[,|]|$))")
NUMBER = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")


@dataclass(frozen=True)
class Term:
    """One part between commas: at least one of its alternatives must hold.

    Either all of them are about the face, or all about the photo.
    """

    alternatives: tuple[Alternative, ...] | tuple[PhotoAlternative, ...]

    def __str__(self) -> str:
        return "|".join(map(str, self.alternatives))

    @property
    def of_face(self) -> tuple[Alternative, ...]:
        """Its alternatives if it is about a face; else none."""
        return tuple(part for part in self.alternatives if isinstance(part, Alternative))

    @property
    def of_photo(self) -> tuple[PhotoAlternative, ...]:
        """Its alternatives if it is about the photo; else none."""
        return tuple(part for part in self.alternatives if isinstance(part, PhotoAlternative))

    @property
    def is_of_photo(self) -> bool:
        """Whether it is about the photo, not about a face."""
        return bool(self.of_photo)

    @property
    def is_of_number(self) -> bool:
        """Whether it is only about how many faces the photo has."""
        return bool(self.of_photo) and all(part.name == "faces" for part in self.of_photo)

    def condition(self, version: ModelVersion) -> Q:
        """The term as a condition on the columns of Face."""
        condition = Q()
        for alternative in self.of_face:
            condition |= alternative.condition(version)
        return condition

    def photo_condition(self, prefix: str = "") -> Q:
        """The term as a condition on Photo, or on a row whose photo is reached by `prefix`."""
        condition = Q()
        for alternative in self.of_photo:
            condition |= alternative.condition(prefix)
        return condition

    def words(self) -> str:
        """The term in words: "black or brown hair"."""
        words = [alternative.words() for alternative in self.alternatives]
        last = words[-1].rsplit(" ", 1)[-1]
        plain = all(getattr(part, "form", "") == "yes" for part in self.alternatives)
        if plain and all(text.split(" ")[1:] == [last] for text in words):
            words[:-1] = [text.removesuffix(f" {last}") for text in words[:-1]]
        return reduce(_either, words)


@dataclass(frozen=True)
class Expression:
    """Terms that must all hold for the same face or its photo; without any, everything matches."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    @property
    def face_terms(self) -> tuple[Term, ...]:
        """The terms that are about a face."""
        return tuple(term for term in self.terms if not term.is_of_photo)

    @property
    def takes_no_faces(self) -> bool:
        """Whether it asks for a number of faces that may be none: `faces=0`, `faces<2`."""
        return any(part.takes_no_faces for term in self.terms for part in term.of_photo)

    def condition(self, version: ModelVersion) -> Q:
        """The terms about faces as a condition on Face; without any, every face meets it."""
        condition = Q()
        for term in self.face_terms:
            condition &= term.condition(version)
        return condition

    def photo_condition(self, prefix: str = "") -> Q:
        """The terms about photos as a condition on Photo, or on a row with a photo at `prefix`."""
        condition = Q()
        for term in self.terms:
            condition &= term.photo_condition(prefix)
        return condition

    def without(self, term: Term) -> "Expression":
        """The same without that term."""
        return Expression(tuple(other for other in self.terms if other != term))

    def sentence(self, match: str = "any") -> str:
        """The whole filter in words."""
        if not self.terms:
            return gettext("All photos")
        words = ", ".join(term.words() for term in self.terms)
        words = words[0].upper() + words[1:]
        count = len(self.face_terms)
        if match == "every" and count:
            return gettext("%(filter)s – on every face") % {"filter": words}
        if match == "any" and count > 1:
            return gettext("%(filter)s – on the same face") % {"filter": words}
        return words


def _either(one: str, other: str) -> str:
    return gettext("%(one)s or %(other)s") % {"one": one, "other": other}


EVERYTHING = Expression()


def parse(text: str) -> Expression:
    """Read a filter; FilterError says at which character, from 1, the bad part begins."""
    if len(text) > MAX_LENGTH:
        raise FilterError(gettext(TOO_LONG) % {"most": MAX_LENGTH})
    written, text = text, text.translate(LOOKALIKES)
    if not text.strip():
        return Expression()
    if text.count(",") + text.count("|") >= MAX_ALTERNATIVES:
        raise FilterError(
            gettext("The filter has too many parts: at most %(most)s.") % {"most": MAX_ALTERNATIVES}
        )
    # Names of files are read from what was written, all else from this, which is as long.
    text = DECIMAL_COMMA.sub(r"\1.", hide_quoted(text))
    terms: dict[frozenset[Alternative | PhotoAlternative], Term] = {}
    for start, part in _split(text, ",", 1):
        term = _parse_term(list(_split(part, "|", start)), written)
        terms.setdefault(frozenset(term.alternatives), term)
    read = Expression(tuple(terms.values()))
    if len(str(read)) > MAX_LENGTH:  # it is kept as it is written here: 0.5 for .5
        raise FilterError(gettext(TOO_LONG) % {"most": MAX_LENGTH})
    return read


def check_match(match: str) -> None:
    """Raise FilterError for anything but "any" and "every"."""
    if match not in MATCHES:
        words = gettext("Unknown match %(match)s. Use any or every.")
        raise FilterError(words % {"match": quoted(match)}, "match")


def _split(text: str, separator: str, start: int) -> Iterator[tuple[int, str]]:
    """The parts, each after the position of its first character."""
    for part in text.split(separator):
        yield start, part
        start += len(part) + len(separator)


def _parse_term(pieces: list[tuple[int, str]], written: str) -> Term:
    found = [(start, _parse_alternative(start, text, written)) for start, text in pieces]
    of_face = tuple(dict.fromkeys(part for _, part in found if isinstance(part, Alternative)))
    of_photo = tuple(dict.fromkeys(part for _, part in found if isinstance(part, PhotoAlternative)))
    if of_face and of_photo:
        kind = type(found[0][1])
        start, text = next(
            piece
            for piece, (_, part) in zip(pieces, found, strict=True)
            if not isinstance(part, kind)
        )
        start += len(text) - len(text.lstrip())
        words = gettext(
            'Both sides of "|" must be about the photo, or about the face: see character %(place)s.'
        )
        raise FilterError(words % {"place": start})
    return Term(of_face or of_photo)


def _parse_alternative(start: int, text: str, written: str) -> Alternative | PhotoAlternative:
    start += len(text) - len(text.lstrip())
    found = ALTERNATIVE.fullmatch(text.strip())
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
        if name.lower() == "name":
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
