"""Reading: every look-up that means something has its name here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.apps import apps
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Abs, Coalesce

from gallery.filters import (
    Decision,
    Expression,
    check_match,
    check_name,
    decision_bounds,
    within,
)
from gallery.pages import KeysetQuerySet
from ml.attributes import BY_NAME, NAMES
from ml.models import ModelVersion

if TYPE_CHECKING:
    from gallery.models import Correction, Face, Gallery, Photo, SavedFilter  # noqa: F401

NEWEST = "newest"
EVERYTHING = Expression()
NO_VALUE = -2.0  # sorts a photo without faces behind all others: real keys lie in [-1, 1]
FACETS: tuple[Decision, Decision] = ("yes", "no")


@dataclass(frozen=True)
class FacetCount:
    """How many photos an attribute's yes or no would leave."""

    yes: int = 0
    no: int = 0


class GalleryQuerySet(KeysetQuerySet["Gallery"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what they own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def with_counts(self) -> Self:
        """Adds photo_count, pending_count and cover_uuid (of the newest photo; None if empty)."""
        newest = apps.get_model("gallery", "Photo").objects.filter(gallery=OuterRef("pk"))
        return self.annotate(
            photo_count=Count("photos"),
            pending_count=Count("photos", filter=Q(photos__status__in=("queued", "analysing"))),
            cover_uuid=Subquery(newest.order_by("-id").values("uuid")[:1]),
        )

    def with_status_counts(self) -> Self:
        """Adds queued_count, analysing_count, ready_count and failed_count of the photos."""
        statuses = apps.get_model("gallery", "Photo").Status.values
        counts = {f"{s}_count": Count("photos", filter=Q(photos__status=s)) for s in statuses}
        return self.annotate(**counts)


class PhotoQuerySet(KeysetQuerySet["Photo"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what lies in their galleries."""
        return self.filter(gallery__owner=user) if user.is_authenticated else self.none()

    def in_gallery(self, gallery: "Gallery") -> Self:
        """The photos of one gallery."""
        return self.filter(gallery=gallery)

    def queued(self) -> Self:
        """Those that no worker has taken yet."""
        return self.filter(status="queued")

    def pending(self) -> Self:
        """Those that the worker has still to answer."""
        return self.filter(status__in=("queued", "analysing"))

    def ready(self) -> Self:
        """Those with a finished analysis."""
        return self.filter(status="ready")

    def failed(self) -> Self:
        """Those whose analysis was given up."""
        return self.filter(status="failed")

    def with_status(self, status: str) -> Self:
        """Those that stand at this status."""
        return self.filter(status=status)

    def among(self, uuids: Iterable[UUID]) -> Self:
        """Those with one of these uuids."""
        return self.filter(uuid__in=uuids)

    def with_gallery(self) -> Self:
        """Fetches each photo's gallery along with it."""
        return self.select_related("gallery")

    def with_details(self) -> Self:
        """Fetches all that describes the photos along with them: gallery, model, faces."""
        return self.with_gallery().select_related("model_version").with_faces()

    def with_faces(self) -> Self:
        """Fetches the faces of all the photos together."""
        return self.prefetch_related("faces")

    def status_counts(self) -> dict[str, int]:
        """How many photos stand at each status, zeros included."""
        rows = self.order_by().values_list("status").annotate(count=Count("pk"))
        return dict.fromkeys(self.model.Status.values, 0) | dict(rows)

    def matching(
        self, expression: Expression, version: ModelVersion | None, match: str = "any"
    ) -> Self:
        """The photos with one such face, or with such faces only (match="every").

        An empty expression leaves all photos, those not analysed yet too; any other leaves only
        photos with faces. Raises FilterError for an unknown match.
        """
        check_match(match)
        if not expression.terms:
            return self.all()
        if version is None:
            return self.none()
        faces = _faces().filter(photo=OuterRef("pk"))
        condition = expression.condition(version)
        if match == "any":
            return self.filter(Exists(faces.filter(condition)))
        return self.filter(Exists(faces), ~Exists(faces.filter(~condition)))

    def sorted_by(
        self,
        sort: str,
        expression: Expression = EVERYTHING,
        version: ModelVersion | None = None,
        match: str = "any",
    ) -> Self:
        """Order the pages: "newest", an attribute (highest first) or -attribute (lowest first).

        A photo's `sort_value` is the highest (or lowest) of its matching faces; it is None, and
        the photo comes last, where there is none. Raises FilterError for an unknown attribute.
        """
        check_match(match)
        name, lowest = read_sort(sort)
        if not name:
            return self.all()
        faces = _faces().filter(photo=OuterRef("pk"))
        if match == "any":  # with "every", all the faces of a photo that is left match
            faces = faces.matching(expression, version)
        extreme = (Min if lowest else Max)(BY_NAME[name].field)
        value = faces.order_by().values("photo").annotate(value=extreme).values("value")
        return self.annotate(sort_value=Subquery(value), sort_key=_sort_key(lowest))

    def facets(
        self, expression: Expression, version: ModelVersion | None, match: str = "any"
    ) -> dict[str, FacetCount]:
        """How many of these photos the expression leaves once an attribute is set to yes or no."""
        return _faces().in_photos(self).facets(expression, version, match)


class FaceQuerySet(KeysetQuerySet["Face"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what lies in their galleries."""
        return self.filter(gallery__owner=user) if user.is_authenticated else self.none()

    def in_gallery(self, gallery: "Gallery") -> Self:
        """The faces of one gallery's photos."""
        return self.filter(gallery=gallery)

    def in_photos(self, photos: PhotoQuerySet) -> Self:
        """The faces of these photos."""
        return self.filter(photo__in=photos.order_by().values("pk"))

    def with_photo(self) -> Self:
        """Fetches each face's photo along with it."""
        return self.select_related("photo")

    def matching(self, expression: Expression, version: ModelVersion | None) -> Self:
        """The faces for which all terms hold."""
        if not expression.terms:
            return self.all()
        return self.none() if version is None else self.filter(expression.condition(version))

    def sorted_by(self, sort: str) -> Self:
        """Order the pages as those of photos are, by each face's own `sort_value`."""
        name, lowest = read_sort(sort)
        if not name:
            return self.all()
        return self.annotate(sort_value=F(BY_NAME[name].field), sort_key=_sort_key(lowest))

    def facets(
        self, expression: Expression, version: ModelVersion | None, match: str = "any"
    ) -> dict[str, FacetCount]:
        """How many of these faces' photos the expression leaves with an attribute set to yes or no.

        One pass counts the attributes that have no term of their own. Each of the others takes
        one more, without that term.
        """
        check_match(match)
        if version is None:
            return dict.fromkeys(NAMES, FacetCount())
        own = expression.own_names()
        counts = self._count(expression, version, match, [n for n in NAMES if n not in own])
        for name in own:
            counts |= self._count(expression.with_state(name, ""), version, match, [name])
        return {name: counts[name] for name in NAMES}

    def _count(
        self, expression: Expression, version: ModelVersion, match: str, names: list[str]
    ) -> dict[str, FacetCount]:
        """Group the faces by photo, and count the matching photos by their extremes.

        Some face is yes where the highest value is, every face is yes where the lowest one is.
        """
        if not names:
            return {}
        high, low = (Max, Min) if match == "any" else (Min, Max)
        extremes: dict[str, Any] = {}
        counts: dict[str, Any] = {}
        for name in names:
            field, thresholds = BY_NAME[name].field, version.thresholds_of(name)
            for decision, extreme in zip(FACETS, (high, low), strict=True):
                column = f"{decision}_{field}"
                extremes[column] = extreme(field)
                condition = within(column, decision_bounds(decision, thresholds))
                counts[f"{name}_{decision}"] = Count("photo", filter=condition)
        photos = self._grouped_by_photo(expression, version, match)
        found = photos.annotate(**extremes).aggregate(**counts)
        return {name: FacetCount(found[f"{name}_yes"], found[f"{name}_no"]) for name in names}

    def _grouped_by_photo(self, expression: Expression, version: ModelVersion, match: str) -> Any:
        """The matching faces as one row for each photo that matches."""
        faces = self.order_by()
        if match == "any" or not expression.terms:
            return faces.matching(expression, version).values("photo")
        fits = Min(Case(When(expression.condition(version), then=1), default=0))
        return faces.values("photo").annotate(fits=fits).filter(fits=1)

    def among(self, uuids: Iterable[UUID]) -> Self:
        """Those with one of these uuids."""
        return self.filter(uuid__in=uuids)

    def to_review(self, attribute: str) -> Self:
        """Those without a person's answer about the attribute, the least certain first."""
        doubt = F(BY_NAME[attribute].field) - Value(0.5)
        key = Abs(doubt, output_field=FloatField()) * Value(-1.0)
        unanswered = self.exclude(corrections__attribute=attribute)
        return unanswered.annotate(sort_key=key)


class CorrectionQuerySet(QuerySet["Correction"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what lies in their galleries."""
        return self.filter(face__gallery__owner=user) if user.is_authenticated else self.none()

    def in_gallery(self, gallery: "Gallery") -> Self:
        """Those about faces of one gallery."""
        return self.filter(face__gallery=gallery)


class SavedFilterQuerySet(KeysetQuerySet["SavedFilter"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: their own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def in_gallery(self, gallery: "Gallery") -> Self:
        """Those of one gallery."""
        return self.filter(gallery=gallery)

    def with_gallery(self) -> Self:
        """Fetches each one's gallery along with it."""
        return self.select_related("gallery")


def _faces() -> FaceQuerySet:
    """All faces; looked up late, because the models import this module."""
    faces: FaceQuerySet = apps.get_model("gallery", "Face").objects.all()
    return faces


def read_sort(sort: str) -> tuple[str, bool]:
    """The attribute to sort by ("" for newest), and whether the lowest comes first."""
    sort = sort.strip()
    if sort in ("", NEWEST):
        return "", False
    return check_name(sort.removeprefix("-"), "to sort by"), sort.startswith("-")


def _sort_key(lowest: bool) -> Coalesce:
    """`sort_value` turned so that the first row has the highest key."""
    value = F("sort_value") * (-1 if lowest else 1)
    return Coalesce(value, Value(NO_VALUE), output_field=FloatField())
