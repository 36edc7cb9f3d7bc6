"""What the phrases of a sentence ask for: denied, unsure, joined by "or", free of contradiction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from django.utils.translation import gettext

from gallery.filters.expression import Term
from gallery.filters.photo_terms import DENIABLE, Comparison, PhotoAlternative
from gallery.filters.terms import Alternative, FilterError, quoted

MAX_TERMS = 100  # that one "or" or "not" may lead to: more are no sentence
FEWER_OR_MORE: dict[Comparison, tuple[Comparison, ...]] = {
    "=": ("<", ">"),
    ">=": ("<",),
    ">": ("<=",),
    "<=": (">",),
    "<": (">=",),
}

Terms = list[Term]


@dataclass
class Claim:
    """Terms that one phrase, or several joined by "or", ask for."""

    text: str
    terms: Terms


def as_meant(form: str, terms: Terms) -> Terms:
    """What the terms become by "yes", "no", "unsure", and "either" that asks for nothing."""
    if form == "no":
        return _denied(terms)
    if form == "unsure":
        return [_doubted(term) for term in terms]
    return [] if form == "either" else terms


def _doubted(term: Term) -> Term:
    if term.is_of_photo:  # how many faces there are is never unsure
        return term
    return _term(Alternative(part.name, "unsure") for part in term.of_face)


def _denied(terms: Terms) -> Terms:
    """What holds if not all of the terms do: one of them is wrong in all that it offers."""
    choices = _product(*(term.alternatives for term in terms))
    return [_term([other for part in choice for other in _opposites(part)]) for choice in choices]


def _opposites(part: Alternative | PhotoAlternative) -> list[Alternative | PhotoAlternative]:
    if isinstance(part, PhotoAlternative):
        if part.name in DENIABLE:
            return [replace(part, is_denied=not part.is_denied)]
        return [replace(part, operator=other) for other in FEWER_OR_MORE[part.operator]]
    return [replace(part, form="yes" if part.form == "no" else "no")]


def joined(first: Claim, last: Claim) -> Claim:
    """Either of two; FilterError if no filter can say so."""
    kinds = {term.is_of_photo for term in [*first.terms, *last.terms]}
    if len(kinds) > 1:
        words = gettext(
            "%(one)s or %(other)s cannot be one filter: one is about the photo, the other about a "
            "face."
        )
        raise FilterError(words % {"one": quoted(first.text), "other": quoted(last.text)})
    pairs = _product(first.terms, last.terms)
    terms = [_term([*one.alternatives, *other.alternatives]) for one, other in pairs]
    return Claim(last.text, list(dict.fromkeys(terms)))


def _product(*choices: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    if prod(map(len, choices)) > MAX_TERMS:
        raise FilterError(gettext("The sentence has too many alternatives."))
    return product(*choices)


def _term(parts: Iterable[Any]) -> Term:
    return Term(tuple(dict.fromkeys(parts)))


def check(claims: Iterable[Claim]) -> None:
    """Raise FilterError if two parts can never hold for the same face, or the same photo."""
    said: dict[str, tuple[str, str]] = {}
    for claim in claims:
        for term in claim.terms:
            name, value = _settled(term)
            before, text = said.setdefault(name, (value, claim.text)) if name else (value, "")
            if before != value:
                words = gettext(
                    "%(one)s and %(other)s contradict each other: a filter describes one face. "
                    'Write "or" for either.'
                )
                raise FilterError(words % {"one": quoted(text), "other": quoted(claim.text)})


def _settled(term: Term) -> tuple[str, str]:
    """The name that the term leaves no choice about, and what it must be; or nothing."""
    (part, *others) = term.alternatives
    if others:
        return "", ""
    if isinstance(part, PhotoAlternative):
        if part.name in DENIABLE:  # a photo may have answers by two people
            return f"{part.name}={part.value}", "no" if part.is_denied else "yes"
        return (part.name, part.value) if part.operator == "=" else ("", "")
    return part.name, part.form
