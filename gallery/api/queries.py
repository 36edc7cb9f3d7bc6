"""Query parameters: which there are, and the rows that they ask for."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from gallery.api.fields import ExpressionField
from gallery.filters.facets import Facets
from gallery.filters.look import Look
from gallery.filters.order import NEWEST, PHOTO_ORDERS, SAME
from gallery.filters.terms import hint, quoted
from gallery.models import Face, Gallery, Photo
from gallery.models.face import FaceQuerySet
from gallery.models.photo import PhotoQuerySet
from gallery.models.saved_filter import MATCHES
from ml.attributes import NAMES
from ml.models import ModelVersion

PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
MAX_WAIT = 30  # seconds


class BoundedListField(serializers.ListField):
    """A list of at most `max_length` items, of which none is looked at if there are more."""

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        items: list[Any] = super().run_child_validation(data)
        return items


class HintedChoiceField(serializers.ChoiceField):
    """A choice, whose error message lists the choices or names the nearest."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError:
            text = str(data)
            raise serializers.ValidationError(
                f"Unknown choice {quoted(text)}. {hint(text, map(str, self.choices))}"
            ) from None


class PageQuery(serializers.Serializer[Any]):
    cursor = serializers.RegexField(
        r"^[A-Za-z0-9_-]+$",
        default=None,
        help_text="Where the page begins: taken from `next` of the previous page.",
    )
    page_size = serializers.IntegerField(
        default=PAGE_SIZE,
        min_value=1,
        max_value=MAX_PAGE_SIZE,
        help_text=f"How many results a page holds: 1 to {MAX_PAGE_SIZE}.",
    )


class WaitQuery(serializers.Serializer[Any]):
    wait = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=MAX_WAIT,
        help_text="Hold the answer until the photo is analyzed or has failed, for at most this "
        f"many whole seconds: 0 to {MAX_WAIT}. If too many requests wait already, the answer "
        "comes at once: look at `status`.",
    )


class FilterQuery(serializers.Serializer[Any]):
    gallery = serializers.UUIDField(
        default=None, help_text="Only this gallery; without it, everything you may see."
    )
    attrs = ExpressionField(
        default="",
        allow_blank=True,
        help_text="The filter, e.g. `Smiling,-Eyeglasses,Black_Hair|Brown_Hair,Young>=0.8,?Bangs`: "
        "a comma is AND, `|` is OR, `-` is no, `?` is unsure, a comparison sets your own "
        "threshold. All terms must hold for the same face. `faces>=2`, `status=ready`, "
        "`date>=2026-01-31` (the day of the upload, in the site's time zone), `taken=2024-06` (by "
        "the camera's clock), `name=beach`, `answered=Smiling`, `by=me`, `model=active`, "
        "`gallery=Summer` and `detector=none` are about the photo.",
    )
    match = HintedChoiceField(
        choices=MATCHES,
        default="any",
        help_text="`any`: photos with one such face or more; `every`: photos with only such faces.",
    )


@extend_schema_field(
    {
        "type": "string",
        "enum": [*PHOTO_ORDERS, *SAME, *(sign + name for name in NAMES for sign in ("", "-"))],
    }
)
class SortField(serializers.CharField):
    """A fact of the photo or an attribute's name, or a minus and that name."""


class FaceQuery(FilterQuery):
    sort = SortField(
        default=NEWEST,
        help_text="`newest` or `oldest` upload first, also called `uploaded` and `-uploaded`; by "
        "when the photo was `taken`, the latest first, or by its number of `faces`, the most "
        "first, each with a minus the other way round; by `name` from A, `-name` from Z; or by an "
        "attribute's probability: `Smiling` highest first, `-Smiling` lowest first. Photos without "
        "a date, or face, come last.",
    )


class PhotoQuery(FaceQuery):
    status = HintedChoiceField(
        choices=Photo.Status.values, default=None, help_text="Only photos with this status."
    )


def check_names(given: QueryDict, queries: Iterable[type[serializers.Serializer[Any]]]) -> None:
    """Refuse unknown parameters, and those given twice."""
    known: list[str] = [name for query in queries for name in query().get_fields()]
    wrong = {}
    for name, value in given.items():
        if value and name not in known:
            wrong[name] = [f"Unknown parameter. {hint(name, known)}"]
        elif len(given.getlist(name)) > 1:
            wrong[name] = ["Give it only once."]
    if wrong:
        raise serializers.ValidationError(wrong)


def read_query(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The values of these query parameters; empty ones count as not given."""
    given = {name: value for name, value in request.query_params.items() if value}
    serializer = query(data=given)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


class Wanted:
    """The rows that a request's query asks for, among those that the person may see."""

    def __init__(
        self, request: Request, query: type[FilterQuery], version: ModelVersion | None
    ) -> None:
        self.user, self.version = request.user, version
        self.query = read_query(query, request)
        self.look = Look.of(
            attrs=self.query["attrs"],
            match=self.query["match"],
            sort=self.query.get("sort", NEWEST),
        )
        self.look.check(request.user)
        self.gallery = self._gallery()

    def photos(self) -> PhotoQuerySet:
        """The photos that match and have the wanted status, in the wanted order."""
        photos = Photo.objects.visible_to(self.user)
        if self.gallery:
            photos = photos.in_gallery(self.gallery)
        if self.query.get("status"):
            photos = photos.with_status(self.query["status"])
        return self.look.photos(photos, self.version)

    def faces(self) -> FaceQuerySet:
        """The faces that match, in the wanted order."""
        faces = Face.objects.visible_to(self.user)
        if self.gallery:
            faces = faces.in_gallery(self.gallery)
        return self.look.faces(faces, self.version)

    def facets(self) -> Facets:
        """How many photos match, and how many would with each attribute's yes, no or unsure."""
        galleries = Gallery.objects.visible_to(self.user)
        if self.gallery:
            galleries = galleries.only_this(self.gallery)
        return self.look.facets(galleries, self.version)

    def _gallery(self) -> Gallery | None:
        """The gallery, if one is named; Http404 if the person may not see it."""
        uuid = self.query["gallery"]
        galleries = Gallery.objects.visible_to(self.user)
        return get_object_or_404(galleries, uuid=uuid) if uuid else None
