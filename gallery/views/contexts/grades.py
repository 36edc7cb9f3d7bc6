"""How far an attribute's answers can be relied on."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext, gettext_noop

from ml.models import ModelVersion

GRADES = (gettext_noop("good"), gettext_noop("fair"), gettext_noop("poor"))
WEAK = ("poor", "fair")
# What the reasons consist of that `ml.evaluation.reliability` writes, with names for their numbers.
PARTS = (
    gettext_noop("no examples to measure on"),
    gettext_noop("only %(part)s example to measure on"),
    gettext_noop("only %(part)s examples to measure on"),
    gettext_noop("hardly better than a guess"),
    gettext_noop("finds none"),
    gettext_noop("finds %(part)s in %(whole)s"),
    gettext_noop("finds %(part)s of %(whole)s"),
    gettext_noop("finds all"),
    gettext_noop("finds none faces without it"),
    gettext_noop("finds %(part)s in %(whole)s faces without it"),
    gettext_noop("finds %(part)s of %(whole)s faces without it"),
    gettext_noop("finds all faces without it"),
    gettext_noop("none hits are right"),
    gettext_noop("%(part)s in %(whole)s hits is right"),
    gettext_noop("%(part)s of %(whole)s hits are right"),
    gettext_noop("all hits are right"),
)
NUMBER = re.compile(r"\d+")
BETWEEN = re.compile(r"([;:] )")


@dataclass(frozen=True)
class Grade:
    """The grade of an attribute that the model does not recognize well, and the reason."""

    word: str
    reason: str


def weak_grade(version: ModelVersion | None, name: str) -> Grade | None:
    """The attribute's grade if the version does not recognize it well; None if it does."""
    graded = version.reliability.get(name, {}) if version else {}
    if graded.get("grade") not in WEAK:
        return None
    return Grade(graded["grade"], _with_faces(in_words(graded.get("reason", "")), graded))


def _with_faces(reason: str, graded: dict[str, Any]) -> str:
    """The reason, and on how many faces it was found: of the data that the model was tried on."""
    if "faces" not in graded:  # an older version
        return reason
    words = gettext("measured on %(faces)s validation faces") % {"faces": intcomma(graded["faces"])}
    return f"{reason} ({words})"


def in_words(reason: str) -> str:
    """A reason in the reader's language: a version keeps it in English."""
    return "".join(map(_translated, BETWEEN.split(reason)))


def _translated(part: str) -> str:
    numbers = dict(zip(("part", "whole"), NUMBER.findall(part), strict=False))
    pattern = part
    for name, number in numbers.items():
        pattern = pattern.replace(number, f"%({name})s", 1)
    if pattern not in PARTS:  # of a later or earlier evaluation
        return part
    return gettext(pattern) % numbers
