"""Reading: every look-up that means something has its name here."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.apps import apps
from django.db.models import (
    Count,
    Exists,
    F,
    FloatField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Abs, Round

from gallery.blocks import hold_blocks
from gallery.demands import DECIMALS
from gallery.facets import Facets, count_facets, count_found, count_unsure
from gallery.filters import Expression, check_match
from gallery.pages import KeysetQuerySet
from gallery.search import Search
from gallery.sorting import read_sort, sort_key
from ml.attributes import BY_NAME
from ml.models import ModelVersion

if TYPE_CHECKING:
    from gallery.models import Correction, Face, Gallery, Photo, SavedFilter  # noqa: F401

EVERYTHING = Expression()


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

    def facets(
        self, expression: Expression, version: ModelVersion | None, match: str = "any"
    ) -> Facets:
        """How many of these galleries' photos the expression leaves with an attribute set.

        Raises FilterError for an unknown match.
        """
        check_match(match)
        return count_facets(self._keys(), expression, version, match)

    def found_counts(
        self, filters: Sequence[tuple[Expression, str]], version: ModelVersion | None
    ) -> list[int]:
        """How many of these galleries' photos each filter leaves: an expression and its match."""
        return count_found(self._keys(), filters, version)

    def unsure_counts(self, version: ModelVersion | None) -> dict[str, int]:
        """By attribute, how many faces of these galleries lie between the version's thresholds."""
        return count_unsure(self._keys(), version)

    def _keys(self) -> list[int]:
        return list(self.values_list("pk", flat=True))


class PhotoQuerySet(KeysetQuerySet["Photo"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what lies in their galleries."""
        if not user.is_authenticated:
            return self.none()
        search = Search(_faces().filter(gallery__owner=user), "photo_id")
        return self.filter(gallery__owner=user)._searched(search)

    def in_gallery(self, gallery: "Gallery") -> Self:
        """The photos of one gallery."""
        search = Search(_faces().filter(gallery=gallery), "photo_id")
        return self.filter(gallery=gallery)._searched(search)

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

    def analysed_before(self) -> Self:
        """Those that have been analysed and do not wait to be so again, failed again or not."""
        return self.filter(status__in=("ready", "failed"), model_version__isnull=False)

    def not_by(self, version: ModelVersion) -> Self:
        """Those whose analysis is another version's."""
        return self.exclude(model_version=version)

    def in_low_lane(self) -> Self:
        """Those that were queued to be analysed again, behind all uploads."""
        return self.filter(priority=self.model.Priority.RERUN)

    def with_status(self, status: str) -> Self:
        """Those that stand at this status."""
        return self.filter(status=status)

    def among(self, uuids: Iterable[UUID]) -> Self:
        """Those with one of these uuids."""
        return self.filter(uuid__in=uuids)

    def lock(self) -> list[int]:
        """Locks the rows of these photos until the transaction ends, and returns their keys.

        Everybody locks photos by ascending key, then what is counted of their faces, then their
        gallery: so no two wait for each other.
        """
        rows = self.model.objects.filter(pk__in=self.order_by().values("pk")).order_by("pk")
        return list(rows.select_for_update().values_list("pk", flat=True))

    def locked(self) -> list["Photo"]:
        """These photos, locked until the transaction ends, and what is counted of their faces."""
        photos = list(self.order_by("pk").select_for_update())
        hold_blocks((photo.gallery_id, photo.pk) for photo in photos)
        return photos

    def with_gallery(self) -> Self:
        """Fetches each photo's gallery along with it."""
        return self.select_related("gallery")

    def with_details(self) -> Self:
        """Fetches all that describes the photos along with them: gallery, model, faces, answers."""
        photos = self.with_gallery().select_related("model_version").with_faces()
        return photos.prefetch_related(Prefetch("faces__corrections", _corrections()))

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

        Without terms on faces photos that have none are left, those not analysed yet too; any
        other expression leaves only photos with faces. Raises FilterError for an unknown match.
        """
        check_match(match)
        photos = self.filter(expression.photo_condition())
        if not expression.face_terms:
            return photos
        if version is None:
            return self.none()
        faces = _faces().filter(photo=OuterRef("pk"))
        condition = expression.condition(version)
        if match == "any":
            photos = photos.filter(Exists(faces.filter(condition)))
        else:
            photos = photos.filter(Exists(faces), ~Exists(faces.filter(~condition)))
        search = self._search or Search(_faces(), "photo_id")
        condition &= expression.photo_condition("photo__")
        return photos._searched(replace(search, condition=condition))

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
        if match == "any" and expression.face_terms:  # with "every", all faces of a photo match
            faces = faces.filter(expression.condition(version)) if version else faces.none()
        field = BY_NAME[name].field
        extreme = (Min if lowest else Max)(field)
        value = faces.order_by().values("photo").annotate(value=extreme).values("value")
        search = self._search or Search(_faces(), "photo_id")
        photos = self._searched(replace(search, field=field, lowest=lowest))
        return photos.annotate(sort_value=Subquery(value), sort_key=sort_key(lowest))


class FaceQuerySet(KeysetQuerySet["Face"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what lies in their galleries."""
        if not user.is_authenticated:
            return self.none()
        faces = self.filter(gallery__owner=user)
        return faces._searched(Search(_faces().filter(gallery__owner=user), "id"))

    def in_gallery(self, gallery: "Gallery") -> Self:
        """The faces of one gallery's photos."""
        search = Search(_faces().filter(gallery=gallery), "id")
        return self.filter(gallery=gallery)._searched(search)

    def in_photos(self, photos: PhotoQuerySet) -> Self:
        """The faces of these photos."""
        return self.filter(photo__in=photos.order_by().values("pk"))

    def with_photo(self) -> Self:
        """Fetches each face's photo along with it."""
        return self.select_related("photo")

    def with_corrections(self) -> Self:
        """Fetches people's answers about all the faces together, and who gave them."""
        return self.prefetch_related(Prefetch("corrections", _corrections()))

    def among(self, uuids: Iterable[UUID]) -> Self:
        """Those with one of these uuids."""
        return self.filter(uuid__in=uuids)

    def by_photo(self) -> Self:
        """Each photo's faces together, the oldest first."""
        return self.order_by("photo_id", "pk")

    def corrected(self) -> Self:
        """Those of which a person has answered at least one attribute."""
        corrections = apps.get_model("gallery", "Correction").objects
        return self.filter(Exists(corrections.filter(face=OuterRef("pk"))))

    def matching(self, expression: Expression, version: ModelVersion | None) -> Self:
        """The faces for which all terms hold."""
        condition = expression.photo_condition("photo__")
        if not expression.face_terms:
            return self.filter(condition)
        if version is None:
            return self.none()
        condition &= expression.condition(version)
        search = self._search or Search(_faces(), "id")
        return self.filter(condition)._searched(replace(search, condition=condition))

    def sorted_by(self, sort: str) -> Self:
        """Order the pages as those of photos are, by each face's own `sort_value`."""
        name, lowest = read_sort(sort)
        if not name:
            return self.all()
        field = BY_NAME[name].field
        search = self._search or Search(_faces(), "id")
        faces = self._searched(replace(search, field=field, lowest=lowest))
        return faces.annotate(sort_value=F(field), sort_key=sort_key(lowest))

    def to_review(self, attribute: str) -> Self:
        """Those without a person's answer about the attribute, the least certain first."""
        # In whole steps of four decimals: 0.45 and 0.55 are equally far away in every store.
        away = Abs(F(BY_NAME[attribute].field) - Value(0.5), output_field=FloatField())
        rounded = Round(away * Value(10.0**DECIMALS)) * Value(10.0**-DECIMALS)
        faces = self.exclude(corrections__attribute=attribute).annotate(from_middle=rounded)
        search = Search(faces, "id", field="from_middle", lowest=True)
        return faces._searched(search).annotate(sort_key=F("from_middle") * Value(-1.0))


class CorrectionQuerySet(KeysetQuerySet["Correction"]):
    def visible_to(self, user: Any) -> Self:
        """What this person may see: for now, what lies in their galleries."""
        return self.filter(face__gallery__owner=user) if user.is_authenticated else self.none()

    def in_gallery(self, gallery: "Gallery") -> Self:
        """Those about faces of one gallery."""
        return self.filter(face__gallery=gallery)

    def about(self, attribute: str) -> Self:
        """Those about the attribute of that CelebA name."""
        return self.filter(attribute=attribute)

    def with_details(self) -> Self:
        """Fetches each one's face, photo and person along with it."""
        return self.select_related("face__photo", "person")

    def of_faces(self, faces: Iterable[int]) -> Self:
        """Those about the faces with these keys."""
        return self.filter(face__in=faces)


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


def _corrections() -> CorrectionQuerySet:
    """All corrections, each with who gave it."""
    corrections: CorrectionQuerySet = apps.get_model("gallery", "Correction").objects.all()
    return corrections.select_related("person")
