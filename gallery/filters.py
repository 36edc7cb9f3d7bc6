"""The filter expression: one line of text that says which faces are wanted.

    Smiling,-Eyeglasses,Black_Hair|Brown_Hair,Young>=0.8,?Bangs

A comma is AND, `|` is OR, `-` is no, `?` is unsure, a comparison sets a threshold of one's own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Q

from ml.attributes import BY_NAME, NAMES, find, nearest
from ml.calibration import Thresholds
from ml.models import ModelVersion

Decision = Literal["yes", "no", "unsure"]
State = Literal["yes", "no", "unsure", ">=", ""]
Form = Literal["yes", "no", "unsure", ">=", ">", "<=", "<"]
Bounds = tuple[float | None, float | None]

MATCHES = ("any", "every")
MAX_LENGTH = 2000
MAX_ALTERNATIVES = 100

# Probabilities are kept with four decimals, but a store may hold 0.7 as 0.699999988. Compared half
# a step away from the wanted number, a value is on the same side of it in every store.
DECIMALS = 4
HALF_STEP = 0.00005

SIGNS: dict[str, Form] = {"": "yes", "-": "no", "?": "unsure"}
ALTERNATIVE = re.compile(
    r"(?P<sign>[-?]?)\s*(?P<name>[^<>=]*)(?P<operator>[<>=]*)(?P<number>.*)", re.DOTALL
)
NUMBER = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")

# How attributes read in a sentence: "not smiling", but "without eyeglasses".
ADJECTIVES = {"Attractive", "Bald", "Blurry", "Chubby", "Male", "Smiling", "Young"}
OPPOSITES = {"No_Beard": "with a beard", "Mouth_Slightly_Open": "mouth closed"}
COMPARISONS = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}


class FilterError(ValueError):
    """A filter, sort order or page address that cannot be used; the message says why."""


@dataclass(frozen=True)
class Alternative:
    """One attribute's demand: a decision, or a comparison with `number`."""

    name: str
    form: Form
    number: float = 0.0

    def __str__(self) -> str:
        if self.form in COMPARISONS:
            return f"{self.name}{self.form}{_short(self.number)}"
        return {form: sign for sign, form in SIGNS.items()}[self.form] + self.name

    def bounds(self, version: ModelVersion) -> Bounds:
        """The range [low, high) of stored values that meet the demand; None is no bound."""
        if self.form == ">=":
            return self.number - HALF_STEP, None
        if self.form == ">":
            return self.number + HALF_STEP, None
        if self.form == "<=":
            return None, self.number + HALF_STEP
        if self.form == "<":
            return None, self.number - HALF_STEP
        return decision_bounds(self.form, version.thresholds_of(self.name))

    def condition(self, version: ModelVersion) -> Q:
        """The demand on the columns of Face."""
        return within(BY_NAME[self.name].field, self.bounds(version))

    def words(self) -> str:
        """The demand as people read it, in lower case."""
        label = BY_NAME[self.name].label.lower()
        if self.form == "yes":
            return label
        if self.form == "no":
            negation = (
                "not" if self.name in ADJECTIVES or label.startswith("wearing") else "without"
            )
            return OPPOSITES.get(self.name, f"{negation} {label}")
        if self.form == "unsure":
            return f"unsure about {label}"
        return f"{label} {COMPARISONS[self.form]} {_short(100 * self.number)} %"


@dataclass(frozen=True)
class Term:
    """One part between commas: at least one of its alternatives must hold."""

    alternatives: tuple[Alternative, ...]

    def __str__(self) -> str:
        return "|".join(map(str, self.alternatives))

    @property
    def own(self) -> tuple[str, State]:
        """The name and state of a term that the panel can set; two empty strings for others."""
        first = self.alternatives[0]
        if len(self.alternatives) > 1:
            return "", ""
        if first.form == "yes" or first.form == "no" or first.form == "unsure":
            return first.name, first.form
        if first.form == ">=":
            return first.name, first.form
        return "", ""

    def condition(self, version: ModelVersion) -> Q:
        """The demand on the columns of Face."""
        condition = Q()
        for alternative in self.alternatives:
            condition |= alternative.condition(version)
        return condition

    def words(self) -> str:
        """The term as people read it: "black or brown hair"."""
        words = [alternative.words() for alternative in self.alternatives]
        last = words[-1].rsplit(" ", 1)[-1]
        plain = all(alternative.form == "yes" for alternative in self.alternatives)
        if plain and all(text.split(" ")[1:] == [last] for text in words):
            words[:-1] = [text.removesuffix(f" {last}") for text in words[:-1]]
        return " or ".join(words)


@dataclass(frozen=True)
class Expression:
    """Terms that must all hold for the same face; without any, every photo matches."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    def condition(self, version: ModelVersion) -> Q:
        """The demand on the columns of Face; it holds for every face if there are no terms."""
        condition = Q()
        for term in self.terms:
            condition &= term.condition(version)
        return condition

    def state_of(self, name: str) -> State:
        """The state that a term of the attribute's own sets, "" if there is none."""
        return next((state for own, state in self._own() if own == name), "")

    def threshold_of(self, name: str) -> float | None:
        """The number of the attribute's own `>=` term; None if there is none."""
        own = (term.alternatives[0] for term in self.terms if term.own == (name, ">="))
        return next((first.number for first in own), None)

    def with_state(self, name: str, state: State, number: float = 0.0) -> "Expression":
        """The same with the attribute's own term set, or taken away by ""; `number` is for >=."""
        new = [Term((Alternative(name, state, number),))] if state else []
        places = [place for place, term in enumerate(self.terms) if term.own[0] == name]
        place = places[0] if places else len(self.terms)
        kept = [term for term in self.terms[place:] if term.own[0] != name]
        return Expression((*self.terms[:place], *new, *kept))

    def own_names(self) -> list[str]:
        """The attributes with a term of their own, in the data set's order."""
        own = {name for name, _ in self._own()}
        return [name for name in NAMES if name in own]

    def without(self, term: Term) -> "Expression":
        """The same with that term taken away."""
        return Expression(tuple(other for other in self.terms if other != term))

    def sentence(self, match: str = "any") -> str:
        """The whole filter in words."""
        if not self.terms:
            return "All photos"
        words = ", ".join(term.words() for term in self.terms)
        where = " - on every face" if match == "every" else ""
        if match == "any" and len(self.terms) > 1:
            where = " - on the same face"
        return words[0].upper() + words[1:] + where

    def _own(self) -> Iterator[tuple[str, State]]:
        return (term.own for term in self.terms if term.own[0])


def parse(text: str) -> Expression:
    """Read a filter; FilterError names the bad part, its first character counted from 1."""
    if len(text) > MAX_LENGTH:
        raise FilterError(f"The filter is too long: at most {MAX_LENGTH} characters.")
    if not text.strip():
        return Expression()
    if text.count(",") + text.count("|") >= MAX_ALTERNATIVES:
        raise FilterError(f"The filter has too many parts: at most {MAX_ALTERNATIVES}.")
    terms: dict[frozenset[Alternative], Term] = {}
    for start, part in _split(text, ",", 1):
        alternatives = dict.fromkeys(
            _parse_alternative(*piece) for piece in _split(part, "|", start)
        )
        terms.setdefault(frozenset(alternatives), Term(tuple(alternatives)))
    return Expression(tuple(terms.values()))


def check_match(match: str) -> None:
    """Raise FilterError for anything but "any" and "every"."""
    if match not in MATCHES:
        raise FilterError(f"Unknown match {_quoted(match)}. Use any or every.")


def check_name(name: str, where: str) -> str:
    """The attribute's canonical name; FilterError with the nearest ones if it is unknown."""
    attribute = find(name)
    if attribute:
        return attribute.name
    near = nearest(name[:50])
    hint = f" Did you mean {_either(near)}?" if near else ""
    raise FilterError(f"Unknown attribute {_quoted(name)} {where}.{hint}")


def decide(probability: float, thresholds: Thresholds) -> Decision:
    """What a stored probability means, exactly as the filter takes it."""
    if probability >= _edge(thresholds.yes):
        return "yes"
    return "no" if probability < _edge(thresholds.no) else "unsure"


def decision_bounds(decision: Decision, thresholds: Thresholds) -> Bounds:
    """The range [low, high) of stored values that mean this decision; None is no bound."""
    yes, no = _edge(thresholds.yes), _edge(thresholds.no)
    return {"yes": (yes, None), "no": (None, no), "unsure": (no, yes)}[decision]


def within(column: str, bounds: Bounds) -> Q:
    """The condition that a column's value lies in the range [low, high)."""
    low, high = bounds
    limits: dict[str, Any] = {f"{column}__gte": low, f"{column}__lt": high}
    return Q(**{lookup: limit for lookup, limit in limits.items() if limit is not None})


def _edge(threshold: float) -> float:
    return round(threshold, DECIMALS) - HALF_STEP


def _split(text: str, separator: str, start: int) -> Iterator[tuple[int, str]]:
    """The parts, each with the position of its first character."""
    for part in text.split(separator):
        yield start, part
        start += len(part) + len(separator)


def _parse_alternative(start: int, text: str) -> Alternative:
    start += len(text) - len(text.lstrip())
    found = ALTERNATIVE.fullmatch(text.strip())
    assert found is not None  # the pattern takes any text
    sign, name, operator, number = found.group("sign", "name", "operator", "number")
    if not name.strip():
        raise FilterError(f"An attribute is missing at character {start + found.start('name')}.")
    name = check_name(name.strip(), f"at character {start + found.start('name')}")
    if not operator:
        return Alternative(name, SIGNS[sign])
    if operator not in COMPARISONS:
        place = start + found.start("operator")
        raise FilterError(
            f"Unknown comparison {_quoted(operator)} at character {place}. Use >=, >, <= or <."
        )
    if sign:
        raise FilterError(f'"{sign}" does not go with a comparison, at character {start}.')
    value = _parse_number(number.strip())
    if value is None:
        place = start + found.end("number") - len(number.lstrip())
        raise FilterError(f"A number between 0 and 1 is needed at character {place}.")
    return Alternative(name, operator, value)  # type: ignore[arg-type]  # checked just above


def _parse_number(text: str) -> float | None:
    if not NUMBER.fullmatch(text) or not 0 <= Decimal(text) <= 1:
        return None
    return round(float(text), DECIMALS)


def _short(number: float) -> str:
    """The number with four decimals at most: 0.8, 1, 62.5."""
    return f"{number:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 50 else f'"{text[:49]}…"'


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
