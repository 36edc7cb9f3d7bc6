"""How many photos each attribute would leave: counted exactly, in few passes over the faces.

Most photos have one face. Theirs are added up as they come; only the photos with several rows,
or a number that says nothing, are grouped. The decisions about an attribute share one sum, and
with it most of the work: a yes adds 1, a no a number that so many yes do not reach.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, Sum, Value, When
from django.db.models.lookups import GreaterThan

from gallery.demands import Decision, decision_bounds, within
from gallery.filters import Expression
from ml.attributes import BY_NAME, NAMES
from ml.models import ModelVersion

FACETS: tuple[Decision, ...] = ("yes", "no", "unsure")
A_NO = 2**30  # more than there are faces
A_ROW = 2**15  # more than a photo has faces; its square still fits four bytes
STEPS: dict[Decision, int] = {"yes": 1, "no": A_ROW, "unsure": A_ROW**2}


@dataclass(frozen=True)
class Demand:
    """An attribute's yes and no, among the faces that the filter's other terms leave."""

    yes: Q
    no: Q
    others: Q  # empty where all faces of a pass are such faces


@dataclass(frozen=True)
class FacetCount:
    """How many photos an attribute's yes, no or unsure would leave."""

    yes: int = 0
    no: int = 0
    unsure: int = 0

    def __add__(self, other: "FacetCount") -> "FacetCount":
        return FacetCount(self.yes + other.yes, self.no + other.no, self.unsure + other.unsure)


@dataclass(frozen=True)
class Facets:
    """How many photos have a face as wanted (`found`), and how many each attribute would leave."""

    found: int
    counts: dict[str, FacetCount]


class Counter:
    """Counts the photos of a set of faces under one expression."""

    def __init__(self, faces: Any, expression: Expression, version: ModelVersion, match: str):
        self.faces = faces.order_by().filter(expression.photo_condition("photo__"))
        self.expression, self.version, self.match = expression, version, match

    def count(self) -> Facets:
        """One pass for the attributes without a term of their own, one more for those with one."""
        own = self.expression.own_names()
        wanted = self.expression.condition(self.version)
        rest = {name: self._demand(name, Q()) for name in NAMES if name not in own}
        facets = self._pass(wanted, rest)
        counts = facets.counts
        if own:
            demands = {name: self._demand(name, self._others(name)) for name in own}
            either = reduce(or_, (demand.others for demand in demands.values()))
            counts |= self._pass(either, demands).counts
        return Facets(facets.found, {name: counts[name] for name in NAMES})

    def _demand(self, name: str, others: Q) -> Demand:
        thresholds, column = self.version.thresholds_of(name), BY_NAME[name].field
        yes = within(column, decision_bounds("yes", thresholds))
        no = within(column, decision_bounds("no", thresholds))
        return Demand(others & yes, others & no, others)

    def _others(self, name: str) -> Q:
        """What the expression wants but for the attribute's own term."""
        return self.expression.with_state(name, "").condition(self.version)

    def _pass(self, wanted: Q, demands: dict[str, Demand]) -> Facets:
        """Count the photos with faces that are `wanted`, and each decision among those."""
        alone = self._of_lone_faces(wanted, demands)
        together = self._of_groups(wanted, demands)
        counts = {name: alone.counts[name] + together.counts[name] for name in demands}
        return Facets(alone.found + together.found, counts)

    def _of_lone_faces(self, wanted: Q, demands: dict[str, Demand]) -> Facets:
        """Of the photos that have one face: any face of theirs is every face."""
        faces = self.faces.filter(~self._has_company(), wanted)
        sums = {
            f"sum_{name}": Sum(Case(When(one.no, then=A_NO), When(one.yes, then=1), default=0))
            for name, one in demands.items()
        }
        others = {
            f"all_{name}": Count("pk", filter=one.others)
            for name, one in demands.items()
            if one.others
        }
        found = faces.aggregate(found=Count("*"), **sums, **others)
        counts = {}
        for name in demands:
            no, yes = divmod(found[f"sum_{name}"] or 0, A_NO)
            unsure = found.get(f"all_{name}", found["found"]) - yes - no
            counts[name] = FacetCount(yes, no, unsure)
        return Facets(found["found"], counts)

    def _of_groups(self, wanted: Q, demands: dict[str, Demand]) -> Facets:
        """Of the other photos: group their faces, and ask for one such face or for all."""
        sums = {f"sum_{name}": Sum(_step(one)) for name, one in demands.items()}
        counts = {
            f"{decision}_{name}": Count("photo", filter=self._is_met(f"sum_{name}", decision))
            for name in demands
            for decision in FACETS
        }
        photos = self._grouped(wanted).annotate(rows=Count("*"), **sums)
        found = photos.aggregate(found=Count("photo"), **counts)
        return Facets(
            found["found"],
            {
                name: FacetCount(*(found[f"{decision}_{name}"] for decision in FACETS))
                for name in demands
            },
        )

    def _grouped(self, wanted: Q) -> Any:
        """One row for each of those photos that matches."""
        faces = self.faces.filter(self._has_company())
        if self.match == "any":
            return faces.filter(wanted).values("photo")
        fits = Min(Case(When(wanted, then=1), default=0)) if wanted else Value(1)
        return faces.values("photo").annotate(fits=fits).filter(fits=1)

    def _is_met(self, column: str, decision: Decision) -> Q:
        """Whether one face of the group, or each, has the decision, by the group's sum."""
        if self.match == "every":
            return Q(**{column: F("rows") * STEPS[decision]})
        if decision == "unsure":
            return Q(**{f"{column}__gte": STEPS["unsure"]})
        return Q(GreaterThan(F(column).bitand((A_ROW - 1) * STEPS[decision]), 0))

    def _has_company(self) -> Exists:
        """That the photo of a face may have other faces."""
        photos = apps.get_model("gallery", "Photo").objects
        photo = photos.filter(pk=OuterRef("photo"), gallery=OuterRef("gallery"))
        return Exists(photo.exclude(face_count=1))


def _step(demand: Demand) -> Case:
    """What a face adds to the sum of its group: 0 where the filter's other terms do not hold."""
    decided = When(demand.no, then=STEPS["no"]), When(demand.yes, then=STEPS["yes"])
    if not demand.others:
        return Case(*decided, default=STEPS["unsure"])
    return Case(*decided, When(demand.others, then=STEPS["unsure"]), default=0)
