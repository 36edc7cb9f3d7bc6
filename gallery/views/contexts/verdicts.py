"""The 40 attributes of one face as bars, grouped by decision."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from gallery.filters.terms import Decider, Decision
from gallery.labels import LABELS
from gallery.models import Correction, Face
from gallery.views.contexts.grades import Grade, weak_grade
from gallery.views.contexts.tiles import percent
from ml.attributes import ATTRIBUTES, Attribute
from ml.models import ModelVersion


@dataclass(frozen=True)
class Bar:
    """`answer` is a person's yes or no ("" without one), `model` is the model's own probability."""

    label: str
    name: str
    width: str  # of the bar, e.g. "91.2%"
    number: str
    answer: str
    model: str
    grade: Grade | None
    decision: Decision
    thresholds: tuple[str, str]  # below the first it is no, from the second yes: "13%", "50%"


@dataclass(frozen=True)
class Verdict:
    """The attributes of a face with the same decision, the most certain first."""

    decision: Decision
    bars: list[Bar]


def make_verdicts(face: Face, version: ModelVersion | None) -> list[Verdict]:
    """The face's 40 attributes: yes, then unsure, then no, each with the most certain first."""
    bars: dict[Decision, list[tuple[float, Bar]]] = {"yes": [], "unsure": [], "no": []}
    for value, bar in _make_bars(face, version):
        bars[bar.decision].append((value, bar))
    for decision, pairs in bars.items():
        pairs.sort(key=lambda pair: pair[0], reverse=decision != "no")
    return [Verdict(decision, [bar for _, bar in pairs]) for decision, pairs in bars.items()]


def make_bar(face: Face, name: str, version: ModelVersion | None) -> Bar:
    """One of the face's attributes, by its CelebA name."""
    return next(bar for _, bar in _make_bars(face, version) if bar.name == name)


def _make_bars(face: Face, version: ModelVersion | None) -> Iterator[tuple[float, Bar]]:
    version = version or face.model_version
    answers = {correction.attribute: correction for correction in face.corrections.all()}
    values = face.probabilities().values()
    decisions = Decider(version).decide(values)
    for attribute, value, decision in zip(ATTRIBUTES, values, decisions, strict=True):
        yield value, _bar(attribute, value, decision, answers.get(attribute.name), version)


def _bar(
    attribute: Attribute,
    value: float,
    decision: Decision,
    correction: Correction | None,
    version: ModelVersion,
) -> Bar:
    answer = "" if correction is None else "yes" if correction.is_yes else "no"
    thresholds = version.thresholds_of(attribute.name)
    return Bar(
        label=str(LABELS[attribute.name]),
        name=attribute.name,
        width=f"{100 * value:.1f}%",
        number=gettext(answer) or percent(value),
        answer=answer,
        model=percent(correction.probability if correction else value),
        grade=weak_grade(version, attribute.name),
        decision=decision,
        thresholds=(f"{100 * thresholds.no:.0f}%", f"{100 * thresholds.yes:.0f}%"),
    )
