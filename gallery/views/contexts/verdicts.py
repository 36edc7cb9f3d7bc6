"""The 40 attributes of one face as bars, grouped by decision."""

from dataclasses import dataclass

from gallery.filters.terms import Decider, Decision
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


@dataclass(frozen=True)
class Verdict:
    """The attributes of a face with the same decision, the most certain first."""

    decision: Decision
    bars: list[Bar]


def make_verdicts(face: Face, version: ModelVersion | None) -> list[Verdict]:
    """The face's 40 attributes: unsure, then yes, then no, each with the most certain first."""
    version = version or face.model_version
    answers = {correction.attribute: correction for correction in face.corrections.all()}
    bars: dict[Decision, list[tuple[float, Bar]]] = {"unsure": [], "yes": [], "no": []}
    values = face.probabilities().values()
    decisions = Decider(version).decide(values)
    for attribute, value, decision in zip(ATTRIBUTES, values, decisions, strict=True):
        bar = _bar(attribute, value, answers.get(attribute.name), version)
        bars[decision].append((value, bar))
    for decision, pairs in bars.items():
        pairs.sort(key=lambda pair: pair[0], reverse=decision != "no")
    return [Verdict(decision, [bar for _, bar in pairs]) for decision, pairs in bars.items()]


def _bar(
    attribute: Attribute, value: float, correction: Correction | None, version: ModelVersion
) -> Bar:
    answer = "" if correction is None else "yes" if correction.is_yes else "no"
    return Bar(
        label=attribute.label,
        name=attribute.name,
        width=f"{100 * value:.1f}%",
        number=answer or percent(value),
        answer=answer,
        model=percent(correction.probability if correction else value),
        grade=weak_grade(version, attribute.name),
    )
