"""What a filter can ask of a face: an attribute's yes, no or unsure, or a threshold."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from django.db.models import Q

from gallery.fields import DECIMALS, HALF_STEP
from ml.attributes import BY_NAME, NAMES
from ml.evaluation.calibration import Thresholds
from ml.models import ModelVersion

Decision = Literal["yes", "no", "unsure"]
Comparison = Literal[">=", ">", "<=", "<"]
Form = Decision | Comparison
Bounds = tuple[float | None, float | None]

MIDDLE = 0.5 - HALF_STEP  # a stored probability from here on is closer to yes than to no
SIGNS: dict[str, Form] = {"": "yes", "-": "no", "?": "unsure"}
# How attributes are negated in a sentence: "not smiling", but "without eyeglasses".
ADJECTIVES = {"Attractive", "Bald", "Blurry", "Chubby", "Male", "Smiling", "Young"}
OPPOSITES = {"No_Beard": "with a beard", "Mouth_Slightly_Open": "mouth closed"}
COMPARISONS: dict[Comparison, str] = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}


class FilterError(ValueError):
    """A filter or order that cannot be used: the message says why, `parameter` what is wrong."""

    def __init__(self, message: str, parameter: str = "attrs") -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True)
class Alternative:
    """One attribute and the decision wanted, or a comparison with `number`."""

    name: str
    form: Form
    number: float = 0.0

    def __str__(self) -> str:
        if self.form in COMPARISONS:
            return f"{self.name}{self.form}{_short(self.number)}"
        return {form: sign for sign, form in SIGNS.items()}[self.form] + self.name

    def bounds(self, version: ModelVersion) -> Bounds:
        """The range [low, high) of stored values that match; None is no bound."""
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
        """The same as a condition on the columns of Face."""
        return within(BY_NAME[self.name].field, self.bounds(version))

    def words(self) -> str:
        """The same in words, in lower case."""
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


class Decider:
    """Says what stored probabilities mean by a version's thresholds, as the filter does."""

    def __init__(self, version: ModelVersion) -> None:
        # Rounded only once: in an export, rounding would take longer than everything else.
        self._edges = [_edges(version.thresholds_of(name)) for name in NAMES]

    def decide(self, probabilities: Iterable[float]) -> list[Decision]:
        """The decisions about the 40 attributes, from their probabilities in CelebA's order."""
        return [
            "yes" if probability >= yes else "no" if probability < no else "unsure"
            for probability, (no, yes) in zip(probabilities, self._edges, strict=True)
        ]


def decision_bounds(decision: Decision, thresholds: Thresholds) -> Bounds:
    """The range [low, high) of stored values that mean this decision; None is no bound."""
    no, yes = _edges(thresholds)
    return {"yes": (yes, None), "no": (None, no), "unsure": (no, yes)}[decision]


def within(column: str, bounds: Bounds) -> Q:
    """The condition that a column's value lies in the range [low, high)."""
    low, high = bounds
    limits: dict[str, Any] = {f"{column}__gte": low, f"{column}__lt": high}
    return Q(**{lookup: limit for lookup, limit in limits.items() if limit is not None})


def quoted(text: str) -> str:
    """The text in quotation marks, shortened if it is long."""
    return f'"{text}"' if len(text) <= 50 else f'"{text[:49]}…"'


def either(names: Iterable[str]) -> str:
    """The names as a choice: A, B or C."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def hint(text: str, choices: Iterable[str]) -> str:
    """What to write instead of `text`: the most similar choices, or all if none is similar."""
    spelt = {choice.lower(): choice for choice in choices}
    near = get_close_matches(text[:50].lower(), spelt)
    if near:
        return f"Did you mean {either(spelt[name] for name in near)}?"
    return f"Use {either(spelt.values())}."


def _edges(thresholds: Thresholds) -> tuple[float, float]:
    """Where no ends and where yes begins.

    Half a step below the thresholds: a stored value with the same four decimals counts as reaching
    them.
    """
    return (
        round(thresholds.no, DECIMALS) - HALF_STEP,
        round(thresholds.yes, DECIMALS) - HALF_STEP,
    )


def _short(number: float) -> str:
    """The number with at most four decimals: 0.8, 1, 62.5."""
    return f"{number:.{DECIMALS}f}".rstrip("0").rstrip(".")
