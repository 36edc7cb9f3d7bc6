"""How many photos each attribute would leave: counted exactly, in few passes over the faces.

Most photos have one face. Theirs are added up as they come; only the photos with several rows,
or a number that says nothing, are grouped. Yes and no of an attribute share one sum, and with it
most of the work: a yes adds 1, a no adds 2**30.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, Sum, Value, When
from django.db.models.lookups import GreaterThan

from gallery.filters import Decision, Expression, decision_bounds, within
from ml.attributes import BY_NAME, NAMES
from ml.models import ModelVersion

FACETS: tuple[Decision, Decision] = ("yes", "no")
A_NO = 2**30  # more than there are faces
A_ROW = 2**16  # more than a photo has faces

Conditions = dict[str, dict[Decision, Q]]


@dataclass(frozen=True)
class FacetCount:
    """How many photos an attribute's yes or no would leave."""

    yes: int = 0
    no: int = 0

    def __add__(self, other: "FacetCount") -> "FacetCount":
        return FacetCount(self.yes + other.yes, self.no + other.no)


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
        conditions = {
            name: {decision: self._decision(name, decision) for decision in FACETS}
            for name in NAMES
            if name not in own
        }
        facets = self._pass(wanted, conditions)
        if not own:
            return Facets(facets.found, {name: facets.counts[name] for name in NAMES})
        others = {name: self._others(name) for name in own}
        conditions = {
            name: {decision: others[name] & self._decision(name, decision) for decision in FACETS}
            for name in own
        }
        more = self._pass(reduce(or_, others.values()), conditions)
        counts = facets.counts | more.counts
        return Facets(facets.found, {name: counts[name] for name in NAMES})

    def _decision(self, name: str, decision: Decision) -> Q:
        bounds = decision_bounds(decision, self.version.thresholds_of(name))
        return within(BY_NAME[name].field, bounds)

    def _others(self, name: str) -> Q:
        """What the expression wants but for the attribute's own term."""
        return self.expression.with_state(name, "").condition(self.version)

    def _pass(self, wanted: Q, conditions: Conditions) -> Facets:
        """Count the photos with faces that are `wanted`, and each condition among those."""
        alone = self._of_lone_faces(wanted, conditions)
        together = self._of_groups(wanted, conditions)
        counts = {name: alone.counts[name] + together.counts[name] for name in conditions}
        return Facets(alone.found + together.found, counts)

    def _of_lone_faces(self, wanted: Q, conditions: Conditions) -> Facets:
        """Of the photos that have one face: any face of theirs is every face."""
        faces = self.faces.filter(~self._has_company(), wanted)
        sums = {f"sum_{name}": Sum(_tally(one, A_NO)) for name, one in conditions.items()}
        found = faces.aggregate(found=Count("*"), **sums)
        totals = {name: found[f"sum_{name}"] or 0 for name in conditions}
        counts = {name: FacetCount(sum_ % A_NO, sum_ // A_NO) for name, sum_ in totals.items()}
        return Facets(found["found"], counts)

    def _of_groups(self, wanted: Q, conditions: Conditions) -> Facets:
        """Of the other photos: group their faces, and ask for one such face or for all."""
        sums = {f"sum_{name}": Sum(_tally(one, A_ROW)) for name, one in conditions.items()}
        counts: dict[str, Any] = {}
        for name in conditions:
            for decision in FACETS:
                condition = self._is_met(f"sum_{name}", decision)
                counts[f"{decision}_{name}"] = Count("photo", filter=condition)
        photos = self._grouped(wanted).annotate(rows=Count("*"), **sums)
        found = photos.aggregate(found=Count("photo"), **counts)
        return Facets(
            found["found"],
            {name: FacetCount(found[f"yes_{name}"], found[f"no_{name}"]) for name in conditions},
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
            return Q(**{column: F("rows") * (1 if decision == "yes" else A_ROW)})
        if decision == "no":
            return Q(**{f"{column}__gte": A_ROW})
        return Q(GreaterThan(F(column).bitand(A_ROW - 1), 0))

    def _has_company(self) -> Exists:
        """That the photo of a face may have other faces."""
        photos = apps.get_model("gallery", "Photo").objects
        photo = photos.filter(pk=OuterRef("photo"), gallery=OuterRef("gallery"))
        return Exists(photo.exclude(face_count=1))


def _tally(conditions: dict[Decision, Q], a_no: int) -> Case:
    """1 for a yes, `a_no` for a no, 0 for neither."""
    return Case(When(conditions["no"], then=a_no), When(conditions["yes"], then=1), default=0)
