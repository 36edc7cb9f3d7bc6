"""Model versions side by side, for staff: metrics, curves, and how each was trained."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gallery.answers.review import add_agreement
from gallery.models import Correction
from gallery.views.contexts.curves import draw_charts
from ml.attributes import ATTRIBUTES, Attribute
from ml.models import ModelVersion

MOST = 4  # versions that stand side by side
DECIDED = "decided rightly at the threshold 0.5"
MARKED = 0.01  # a difference of so much is marked


@dataclass(frozen=True)
class Metric:
    """`key` names it in the metrics of an attribute, `overall` in those of all."""

    key: str
    overall: str
    label: str
    words: str
    lower_is_better: bool = False


METRICS = (
    Metric("accuracy", "accuracy", "Accuracy", f"Share of the faces that are {DECIDED}"),
    Metric(
        *("balanced_accuracy", "balanced_accuracy", "Balanced accuracy"),
        f"Mean of the shares of yes and of no that are {DECIDED}",
    ),
    Metric("f1", "macro_f1", "F1", "Harmonic mean of precision and recall at the threshold 0.5"),
    Metric(
        *("average_precision", "mean_average_precision", "Average precision"),
        "Mean precision over all thresholds",
    ),
    Metric(
        *("brier", "brier", "Brier score"),
        "Mean squared distance of the probability from the truth, the less the better",
        lower_is_better=True,
    ),
    Metric(
        *("calibration_error", "calibration_error", "Calibration error"),
        "How far the probability is from the share that is true, the less the better",
        lower_is_better=True,
    ),
    Metric(
        *("agreement", "agreement", "Agreement"),
        "Share of your own answers about faces of your galleries that the version gives too",
    ),
)
OVERALL = {  # what the list shows of each version
    "Accuracy": "accuracy",
    "Majority": "majority_accuracy",
    "Balanced": "balanced_accuracy",
    "Macro-F1": "macro_f1",
    "mAP": "mean_average_precision",
    "Brier": "brier",
    "Calibration": "calibration_error",
}
ORDERS = {"attribute": "By attribute", "difference": "Largest difference first"}


@dataclass(frozen=True)
class Choice:
    """What the address asks for: the versions to compare, a metric and an order."""

    versions: list[ModelVersion]
    metric: Metric
    order: str
    notes: list[str]

    def href(self, **changes: str) -> str:
        """The address of the comparison with something else chosen."""
        versions = ",".join(version.short for version in self.versions)
        query = {"versions": versions, "metric": self.metric.key, "order": self.order} | changes
        return f"?{urlencode(query, safe=',')}#attributes"


@dataclass(frozen=True)
class Cell:
    """One version's value, and how far it is from the first version's."""

    value: str
    width: str = ""  # of the bar, e.g. "91.2%"
    difference: str = ""
    verdict: str = ""  # "better" or "worse" where the difference is marked
    grade: str = ""


@dataclass(frozen=True)
class Row:
    """An attribute, or all of them, in each version."""

    label: str
    cells: list[Cell]
    majority: str
    spread: float  # the largest difference to the first version
    reasons: list[tuple[ModelVersion, str]]


@login_required
@require_safe
def model_versions(request: HttpRequest) -> HttpResponse:
    """The list of versions, and up to four of them side by side."""
    if not request.user.is_staff:
        raise Http404
    versions = list(ModelVersion.objects.listed())
    choice = read_choice(request.GET, versions)
    if choice.metric.key == "agreement":
        add_agreement(choice.versions, Correction.objects.visible_to(request.user))
    rows = [_attribute_row(choice, attribute) for attribute in ATTRIBUTES]
    if choice.order == "difference":
        rows.sort(key=lambda row: row.spread, reverse=True)
    differing, same = _facts(choice.versions)
    context = {
        "versions": [(version, _overall(version)) for version in versions],
        "choice": choice,
        "metrics": [(metric, choice.href(metric=metric.key)) for metric in METRICS],
        "orders": [(key, label, choice.href(order=key)) for key, label in ORDERS.items()],
        "rows": [_overall_row(choice), *rows],
        "has_majority": choice.metric.key == "accuracy",
        "measured_alike": len({_measured_on(version) for version in choice.versions}) < 2,
        "charts": draw_charts(choice.versions),
        "differing": differing,
        "same": same,
    }
    return render(request, "gallery/model_versions.html", context)


def read_choice(query: QueryDict, versions: list[ModelVersion]) -> Choice:
    """What the address asks for; where it asks for nothing known, the default."""
    by_short = {version.short: version for version in versions}
    wanted = [short for part in query.getlist("versions") for short in part.split(",") if short]
    known = [by_short[short] for short in dict.fromkeys(wanted) if short in by_short]
    notes = []
    if any(short not in by_short for short in wanted):
        notes.append("A version that the address names is not registered.")
    if len(known) > MOST:
        notes.append(f"At most {MOST} versions stand side by side: these are the first {MOST}.")
    metrics = {metric.key: metric for metric in METRICS}
    order = query.get("order", "")
    return Choice(
        versions=_with_details(known[:MOST]) or _default_versions(),
        metric=metrics.get(query.get("metric", ""), METRICS[0]),
        order=order if order in ORDERS else "attribute",
        notes=notes,
    )


def _with_details(versions: list[ModelVersion]) -> list[ModelVersion]:
    """The same with all their columns, the active one first: the others are compared with it."""
    found = ModelVersion.objects.in_bulk([version.pk for version in versions])
    complete = [found[version.pk] for version in versions]
    return sorted(complete, key=lambda version: not version.is_active)


def _default_versions() -> list[ModelVersion]:
    """The active version and the one before."""
    pair = ModelVersion.objects.active(), ModelVersion.objects.previous()
    return _with_details([version for version in pair if version])


def _measured_on(version: ModelVersion) -> tuple[Any, Any]:
    return version.metrics.get("partition"), version.metrics.get("images")


def _overall(version: ModelVersion) -> list[tuple[str, str]]:
    values = ((label, version.metrics.get(key)) for label, key in OVERALL.items())
    return [(label, f"{value:.3f}") for label, value in values if value is not None]


# --- The table of the attributes ---------------------------------------------------------------


def _overall_row(choice: Choice) -> Row:
    values = [version.metrics.get(choice.metric.overall) for version in choice.versions]
    majority = choice.versions[0].metrics.get("majority_accuracy") if choice.versions else None
    cells = _cells(choice.metric, values, [""] * len(values))
    return Row("All 40", cells, _number(majority), 0.0, [])


def _attribute_row(choice: Choice, attribute: Attribute) -> Row:
    name = attribute.name
    metrics = [
        version.metrics.get("per_attribute", {}).get(name, {}) for version in choice.versions
    ]
    graded = [(version, version.reliability.get(name, {})) for version in choice.versions]
    values = [of_one.get(choice.metric.key) for of_one in metrics]
    return Row(
        label=attribute.label,
        cells=_cells(choice.metric, values, [grade.get("grade", "") for _, grade in graded]),
        majority=_number(metrics[0].get("majority")) if metrics else "",
        spread=max((abs(_difference(value, values[0])) for value in values), default=0.0),
        reasons=[(version, grade["reason"]) for version, grade in graded if grade.get("reason")],
    )


def _cells(metric: Metric, values: list[float | None], grades: list[str]) -> list[Cell]:
    return [
        _cell(metric, value, values[0] if number else None, grade)
        for number, (value, grade) in enumerate(zip(values, grades, strict=True))
    ]


def _cell(metric: Metric, value: float | None, first: float | None, grade: str) -> Cell:
    if value is None:
        return Cell(_number(None), grade=grade)
    difference = _difference(value, first)
    verdict = ""
    if abs(difference) >= MARKED:
        verdict = "worse" if (difference > 0) == metric.lower_is_better else "better"
    return Cell(
        value=_number(value),
        width=f"{100 * value:.1f}%",
        difference="" if first is None else _signed(difference),
        verdict=verdict,
        grade=grade,
    )


def _difference(value: float | None, first: float | None) -> float:
    """Of the values as they are shown, to three decimals; 0 where one is not known."""
    if value is None or first is None:
        return 0.0
    return round(round(value, 3) - round(first, 3), 3) + 0.0  # never -0.0


def _signed(difference: float) -> str:
    if difference == 0:
        return "\N{PLUS-MINUS SIGN}0"
    return f"{difference:+.3f}".replace("-", "\N{MINUS SIGN}")


def _number(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.3f}"


# --- How they were trained ---------------------------------------------------------------------

Fact = tuple[str, list[str]]  # its name, and what it is in each version


def _facts(versions: list[ModelVersion]) -> tuple[list[Fact], list[Fact]]:
    """The facts in which the versions differ, and those in which they agree."""
    of_each = [dict(_flat(version)) for version in versions]
    names = dict.fromkeys(name for facts in of_each for name in facts)
    facts = [(name, [facts.get(name, "\N{EN DASH}") for facts in of_each]) for name in names]
    differing = [fact for fact in facts if len(set(fact[1])) > 1]
    return differing, [fact for fact in facts if len(set(fact[1])) == 1]


def _flat(version: ModelVersion) -> Iterator[tuple[str, str]]:
    """The version's facts by name; the network's sizes are settings of its training too."""
    yield "architecture", version.architecture
    if "initialised" in version.facts:
        yield "weights began", _words(version.facts["initialised"])
    for section, prefix in (("network", ""), ("training", ""), ("data", "data ")):
        yield from _flatten(version.facts.get(section, {}), prefix)


def _flatten(facts: Any, name: str) -> Iterator[tuple[str, str]]:
    if not isinstance(facts, dict):
        yield name.strip().replace("_", " "), _words(facts)
        return
    for key, value in facts.items():
        yield from _flatten(value, f"{name}{key} ")


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "\N{EN DASH}" if value in (None, "") else str(value)
