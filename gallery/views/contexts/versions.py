"""Model versions side by side: which ones, their metrics, and how each was trained."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext, gettext_noop

from gallery.answers.review import add_agreement
from gallery.filters.terms import localized
from gallery.labels import LABELS
from gallery.models import Correction
from gallery.models.gallery import Visitor
from gallery.views.contexts.curves import draw_charts
from gallery.views.contexts.grades import in_words
from ml.attributes import ATTRIBUTES, Attribute
from ml.evaluation.decisions import MINIMUM_PRECISION_OF_NO, MINIMUM_PRECISION_OF_YES
from ml.evaluation.metrics import JUDGED
from ml.evaluation.metrics import METRICS as MEASURED
from ml.models import ModelVersion

MOST = 4  # versions side by side: more columns do not fit a laptop's screen
MARKED = 0.01  # smaller differences are not marked as better or worse: they come by chance
UNKNOWN = "\N{EN DASH}"


@dataclass(frozen=True)
class ComparedMetric:
    """What versions can be compared by.

    `key` names it among the metrics of one attribute, `overall` among those of all 40.
    """

    key: str
    overall: str
    label: str
    words: str
    lower_is_better: bool = False


METRICS = (
    *(
        ComparedMetric(
            key=measured.key,
            overall=measured.overall,
            label=measured.label,
            words=measured.explanation,
            lower_is_better=measured.lower_is_better,
        )
        for measured in JUDGED
    ),
    ComparedMetric(
        key="agreement",
        overall="agreement",
        label=gettext_noop("Agreement"),
        words=gettext_noop(
            "Fraction of your own answers, in your galleries, that the version agrees with"
        ),
    ),
)
ORDERS = {
    "attribute": gettext_noop("By attribute"),
    "difference": gettext_noop("Largest difference first"),
}


@dataclass(frozen=True)
class VersionChoice:
    """What the address asks for: the versions to compare, a metric and an order.

    `notes` says what could not be shown.
    """

    versions: list[ModelVersion]
    metric: ComparedMetric
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
class MetricRow:
    """An attribute, or all of them, in each version."""

    label: str
    cells: list[Cell]
    majority: str
    spread: float  # the largest difference from the first version
    reasons: list[tuple[ModelVersion, str]]


def versions_context(query: QueryDict, user: Visitor) -> dict[str, Any]:
    """The list of versions, and those side by side that the address names."""
    versions = list(ModelVersion.objects.listed())
    choice = read_choice(query, versions)
    if choice.metric.key == "agreement":
        add_agreement(choice.versions, Correction.objects.visible_to(user))
    differing, same = _compare_facts(choice.versions)
    return {
        "versions": [(version, _overall(version), _promise(version)) for version in versions],
        "choice": choice,
        "metrics": [(metric, choice.href(metric=metric.key)) for metric in METRICS],
        "orders": [(key, gettext(label), choice.href(order=key)) for key, label in ORDERS.items()],
        "rows": [_overall_row(choice), *_attribute_rows(choice)],
        "has_majority": choice.metric.key == "accuracy",
        "measured_alike": len({_measured_on(version) for version in choice.versions}) < 2,
        "charts": draw_charts(choice.versions),
        "differing": differing,
        "same": same,
    }


def read_choice(query: QueryDict, versions: list[ModelVersion]) -> VersionChoice:
    """What the address asks for, with the defaults for whatever is unknown."""
    by_short = {version.short: version for version in versions}
    wanted = [short for part in query.getlist("versions") for short in part.split(",") if short]
    known = [by_short[short] for short in dict.fromkeys(wanted) if short in by_short]
    notes = []
    if any(short not in by_short for short in wanted):
        notes.append(gettext("The address names a version that is not registered."))
    if len(known) > MOST:
        words = gettext("At most %(most)s versions fit side by side: these are the first %(most)s.")
        notes.append(words % {"most": MOST})
    metrics = {metric.key: metric for metric in METRICS}
    order = query.get("order", "")
    return VersionChoice(
        versions=_with_details(known[:MOST]) or _default_versions(),
        metric=metrics.get(query.get("metric", ""), METRICS[0]),
        order=order if order in ORDERS else "attribute",
        notes=notes,
    )


def _with_details(versions: list[ModelVersion]) -> list[ModelVersion]:
    """The same with all columns loaded, the active one first: the others are compared with it."""
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
    values = ((metric.short, version.metrics.get(metric.overall)) for metric in MEASURED)
    return [(gettext(label), _number(value)) for label, value in values if value is not None]


def _promise(version: ModelVersion) -> str:
    """How far yes and no could be relied on, on the faces that the version was measured on."""
    promise = version.metrics.get("promise")
    if not promise:
        return ""
    words = gettext(
        "On these faces, yes was right in %(yes)s %% or more for %(yes_kept)s of the %(yes_given)s "
        "attributes that give it, and no in %(no)s %% or more for %(no_kept)s of %(no_given)s. "
        "Unsure were %(unsure)s %% of the answers. On other pictures, both can be right less often."
    )
    percents = {
        "yes": f"{100 * MINIMUM_PRECISION_OF_YES:.0f}",
        "no": f"{100 * MINIMUM_PRECISION_OF_NO:.0f}",
        "unsure": localized(f"{100 * promise['unsure']:.1f}"),
    }
    return words % {**promise, **percents}


# --- The table of the attributes ---------------------------------------------------------------


def _overall_row(choice: VersionChoice) -> MetricRow:
    values = [version.metrics.get(choice.metric.overall) for version in choice.versions]
    majority = choice.versions[0].metrics.get("majority_accuracy") if choice.versions else None
    cells = _cells(choice.metric, values, [""] * len(values))
    return MetricRow(
        label=gettext("All 40"), cells=cells, majority=_number(majority), spread=0.0, reasons=[]
    )


def _attribute_rows(choice: VersionChoice) -> list[MetricRow]:
    rows = [_attribute_row(choice, attribute) for attribute in ATTRIBUTES]
    if choice.order == "difference":
        rows.sort(key=lambda row: row.spread, reverse=True)
    return rows


def _attribute_row(choice: VersionChoice, attribute: Attribute) -> MetricRow:
    name = attribute.name
    metrics = [
        version.metrics.get("per_attribute", {}).get(name, {}) for version in choice.versions
    ]
    graded = [(version, version.reliability.get(name, {})) for version in choice.versions]
    values = [of_one.get(choice.metric.key) for of_one in metrics]
    return MetricRow(
        label=str(LABELS[attribute.name]),
        cells=_cells(choice.metric, values, [grade.get("grade", "") for _, grade in graded]),
        majority=_number(metrics[0].get("majority")) if metrics else "",
        spread=max((abs(_difference(value, values[0])) for value in values), default=0.0),
        reasons=[
            (version, in_words(grade["reason"])) for version, grade in graded if grade.get("reason")
        ],
    )


def _cells(metric: ComparedMetric, values: list[float | None], grades: list[str]) -> list[Cell]:
    return [
        _cell(metric, value, values[0] if number else None, grade)
        for number, (value, grade) in enumerate(zip(values, grades, strict=True))
    ]


def _cell(metric: ComparedMetric, value: float | None, first: float | None, grade: str) -> Cell:
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
    """The difference of the values as shown, to three decimals; 0 if one is unknown."""
    if value is None or first is None:
        return 0.0
    return round(round(value, 3) - round(first, 3), 3) + 0.0  # turns -0.0 into 0.0


def _signed(difference: float) -> str:
    if difference == 0:
        return "\N{PLUS-MINUS SIGN}0"
    return localized(f"{difference:+.3f}".replace("-", "\N{MINUS SIGN}"))


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else localized(f"{value:.3f}")


# --- How they were trained ---------------------------------------------------------------------

Fact = tuple[str, list[str]]  # its name, and its value in each version


def _compare_facts(versions: list[ModelVersion]) -> tuple[list[Fact], list[Fact]]:
    """The facts in which the versions differ, and those in which they agree."""
    of_each = [version.facts_in_words() for version in versions]
    names = dict.fromkeys(name for facts in of_each for name in facts)
    facts = [(name, [facts.get(name, UNKNOWN) for facts in of_each]) for name in names]
    differing = [fact for fact in facts if len(set(fact[1])) > 1]
    return differing, [fact for fact in facts if len(set(fact[1])) == 1]
