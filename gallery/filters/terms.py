"""What a filter can ask of a face: an attribute's yes, no or unsure, or a threshold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from django.db.models import Q
from django.utils.formats import get_format
from django.utils.translation import gettext, gettext_noop, pgettext, pgettext_lazy

from gallery.fields import DECIMALS, HALF_STEP
from gallery.labels import DENIED, SAID
from ml.attributes import BY_NAME, NAMES, find, nearest
from ml.evaluation.decisions import Thresholds
from ml.models import ModelVersion

Decision = Literal["yes", "no", "unsure"]
Comparison = Literal[">=", ">", "<=", "<"]
Form = Decision | Comparison
Bounds = tuple[float | None, float | None]

MIDDLE = 0.5 - HALF_STEP  # a stored probability from here on is closer to yes than to no
SIGNS: dict[str, Form] = {"": "yes", "-": "no", "?": "unsure"}
# A face is these, and has the others: "smiling", but "having bangs".
ADJECTIVES = {"Attractive", "Bald", "Blurry", "Chubby", "Male", "Smiling", "Young"}
# What a "no" says where a language needs words of its own.
OPPOSITES = {
    "No_Beard": pgettext_lazy("marked as", "having a beard"),
    "Mouth_Slightly_Open": pgettext_lazy("marked as", "not having mouth slightly open"),
}
COMPARISONS: dict[Comparison, str] = {
    ">=": gettext_noop("%(what)s at least %(number)s %%"),
    ">": gettext_noop("%(what)s above %(number)s %%"),
    "<=": gettext_noop("%(what)s at most %(number)s %%"),
    "<": gettext_noop("%(what)s below %(number)s %%"),
}


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

    def fits(self, value: float, version: ModelVersion) -> bool:
        """Whether a stored value meets it."""
        low, high = self.bounds(version)
        return (low is None or value >= low) and (high is None or value < high)

    def words(self) -> str:
        """The same in words, in lower case."""
        said = str(SAID[self.name])
        if self.form == "yes":
            return said
        if self.form == "no":
            return str(DENIED[self.name])
        if self.form == "unsure":
            return gettext("unsure about %(what)s") % {"what": said}
        number = localized(_short(100 * self.number))
        return gettext(COMPARISONS[self.form]) % {"what": said, "number": number}


def _describes(name: str) -> bool:
    """Whether a face is what the label says, such as bald; it has the others, such as bangs."""
    return name in ADJECTIVES or name.startswith("Wearing_")


def marked_as(name: str, is_yes: bool) -> str:
    """What an answer says of a face: "smiling", "not smiling", "having bangs"."""
    if not is_yes and name in OPPOSITES:
        return str(OPPOSITES[name])
    if _describes(name):
        return str(SAID[name] if is_yes else DENIED[name])
    having = pgettext("marked as", "having %(what)s")
    words = having if is_yes else pgettext("marked as", "not having %(what)s")
    return words % {"what": SAID[name]}


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
    return gettext('"%(text)s"') % {"text": text if len(text) <= 50 else f"{text[:49]}…"}


def check_name(name: str, place: int, others: Sequence[str] = ()) -> str:
    """The attribute's canonical name; FilterError with similar names if it is unknown.

    `place` is its first character's in the filter, from 1, or 0 if it is a threshold's by itself.
    The message names `others` first.
    """
    attribute = find(name)
    if attribute:
        return attribute.name
    near = [*others, *nearest(name[:50])][:3]
    words = gettext("Unknown attribute %(name)s for a threshold.")
    if place:
        words = gettext("Unknown attribute %(name)s at character %(place)s.")
    words %= {"name": quoted(name), "place": place}
    raise FilterError(f"{words} {did_you_mean(near)}" if near else words)


def either(names: Iterable[str]) -> str:
    """The names as a choice: A, B or C."""
    *others, last = names
    if not others:
        return last
    return gettext("%(names)s or %(last)s") % {"names": ", ".join(others), "last": last}


def hint(text: str, choices: Iterable[str]) -> str:
    """What to write instead of `text`: the most similar choices, or all if none is similar."""
    spelt = {choice.lower(): choice for choice in choices}
    near = get_close_matches(text[:50].lower(), spelt)
    if near:
        return did_you_mean(spelt[name] for name in near)
    return gettext("Use %(names)s.") % {"names": either(spelt.values())}


def did_you_mean(names: Iterable[str]) -> str:
    """The question whether one of these names was meant."""
    return gettext("Did you mean %(names)s?") % {"names": either(names)}


def localized(number: str) -> str:
    """A number that was written with a point, with the reader's own decimal sign."""
    return number.replace(".", get_format("DECIMAL_SEPARATOR"))


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
