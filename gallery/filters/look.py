"""What is asked for: a filter, how it matches, the order, and whether to show photos or faces.

Pages, the API, exports and commands all read rows through a `Look`.
"""

from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from django.db.models import Exists, F, Max, Min, OuterRef, Q, Subquery
from django.http import QueryDict
from django.utils.translation import gettext

from gallery.filters.choices import with_threshold
from gallery.filters.expression import EVERYTHING, Expression
from gallery.filters.facets import Facets, count_facets
from gallery.filters.names import Asker, bound, check_names
from gallery.filters.order import NEWEST, PHOTO_ORDERS, PhotoOrder, check_sort, read_sort, sort_key
from gallery.filters.parsing import check_match, parse
from gallery.filters.terms import FilterError, check_name, quoted
from gallery.models.face import REAL, Face, FaceQuerySet
from gallery.models.gallery import GalleryQuerySet
from gallery.models.orders import ByProbability
from gallery.models.pages import KeysetQuerySet
from gallery.models.photo import Photo, PhotoQuerySet
from gallery.models.search import Search
from ml.attributes import BY_NAME
from ml.models import ModelVersion

Rows = TypeVar("Rows", bound=KeysetQuerySet[Any])

VIEWS = ("photos", "faces")
EVERYWHERE = "all"  # the place of a look over all galleries


@dataclass(frozen=True)
class Look:
    """Which photos or faces are wanted, and in which order."""

    expression: Expression = EVERYTHING
    match: str = "any"
    sort: str = NEWEST
    view: str = "photos"
    place: str = ""  # EVERYWHERE, or "" for the gallery at hand

    @classmethod
    def of(
        cls,
        attrs: str = "",
        match: str = "any",
        sort: str = NEWEST,
        view: str = "photos",
        place: str = "",
    ) -> Self:
        """From the parameters of an address or a command; FilterError names the wrong one."""
        check_match(match)
        if view not in VIEWS:
            words = gettext("Unknown view %(view)s. Use photos or faces.")
            raise FilterError(words % {"view": quoted(view)}, "view")
        if place not in ("", EVERYWHERE):
            words = gettext("Unknown place %(place)s. Use all, or leave it out.")
            raise FilterError(words % {"place": quoted(place)}, "in")
        order = check_sort(sort)
        return cls(expression=parse(attrs), match=match, sort=order, view=view, place=place)

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """What a page's address asks for; FilterError if it cannot be read."""
        return cls._with_threshold(query) if query.get("own") else cls._read(query)

    @classmethod
    def _read(cls, query: QueryDict) -> Self:
        return cls.of(
            attrs=query.get("attrs", ""),
            match=query.get("match") or "any",
            sort=query.get("sort", ""),
            view=query.get("view") or "photos",
            place=query.get("in", ""),
        )

    @classmethod
    def _with_threshold(cls, query: QueryDict) -> Self:
        """What a slider sends: the query of its page, its attribute and its number."""
        look = cls._read(QueryDict(query.get("look", "").removeprefix("?")))
        name = check_name(query.get("own", ""), 0)
        term = parse(f"{name}>={query.get('at_least', '')}").terms[0]
        expression = with_threshold(look.expression, term.of_face[0])
        return replace(look, expression=expression)

    @classmethod
    def read_or_default(cls, query: QueryDict) -> Self:
        """The same, but an address that cannot be read asks for everything."""
        try:
            return cls.read(query)
        except FilterError:
            return cls()

    # --- As an address and in words

    @property
    def query(self) -> str:
        """The canonical query string, with its question mark; "" if everything is the default."""
        return self.query_with()

    def query_with(self, **more: Any) -> str:
        """The same with further parameters."""
        given = {
            "attrs": str(self.expression),
            "match": self.match,
            "sort": self.sort,
            "view": self.view,
            "in": self.place,
        }
        defaults = {"attrs": "", "match": "any", "sort": NEWEST, "view": "photos", "in": ""}
        changed = {key: value for key, value in given.items() if value != defaults[key]} | more
        return f"?{urlencode(changed, safe=',?')}" if changed else ""

    @property
    def sentence(self) -> str:
        """The filter in words."""
        return self.expression.sentence(self.match)

    # --- The rows

    def photos(self, photos: PhotoQuerySet, version: ModelVersion | None) -> PhotoQuerySet:
        """Those of the photos that match, in order.

        A photo matches if one of its faces does (match="any"), or if all do (match="every").
        Without terms about faces, photos without faces match too.
        """
        look = self._bound(photos)
        return look._sorted_photos(look._matching_photos(photos, version), version)

    def faces(self, faces: FaceQuerySet, version: ModelVersion | None) -> FaceQuerySet:
        """Those of the faces that match, in order; with match="every" only from matching photos.

        A whole picture in which no face was found is listed only where the filter asks for photos
        without faces, and asks nothing of a face.
        """
        look = self._bound(faces)
        if self.match == "every":
            photos = Photo.objects.within(**faces.scope)
            faces = faces.in_photos(look._matching_photos(photos, version))
        return look._sorted_faces(look._matching_faces(faces, version))

    def facets(self, galleries: GalleryQuerySet, version: ModelVersion | None) -> Facets:
        """How many photos of the galleries match, and would with each attribute in the filter."""
        return count_facets(galleries, self._bound(galleries).expression, version, self.match)

    def check(self, asker: Asker) -> None:
        """Raise FilterError if a name in the filter is unknown to the person who asks.

        Without this check, such a name finds nothing.
        """
        check_names(self.expression, asker)

    def _bound(self, rows: KeysetQuerySet[Any]) -> Self:
        """The same look, with its names resolved for the person to whom the rows are shown."""
        return replace(self, expression=bound(self.expression, rows.asker))

    def _matching_photos(
        self, photos: PhotoQuerySet, version: ModelVersion | None
    ) -> PhotoQuerySet:
        photos = photos.filter(self.expression.photo_condition())
        if not self.expression.face_terms:
            return photos
        if version is None:
            return photos.none()
        faces = Face.objects.real().filter(photo=OuterRef("pk"))
        condition = self.expression.condition(version)
        if self.match == "any":
            photos = photos.filter(Exists(faces.filter(condition)))
        else:
            photos = photos.filter(Exists(faces), ~Exists(faces.filter(~condition)))
        return photos.searched(self._search(photos, "photo_id", condition))

    def _sorted_photos(self, photos: PhotoQuerySet, version: ModelVersion | None) -> PhotoQuerySet:
        """By a fact of the photo, or by the highest, or lowest, value of its matching faces.

        That is its `sort_value`. Photos without such a face come last, where it is None.
        """
        if by := PHOTO_ORDERS.get(self.sort):
            return self._with_few(photos, by).in_order(by.order, **by.key())
        name, lowest = read_sort(self.sort)
        faces = Face.objects.real().filter(photo=OuterRef("pk"))
        # With match="every" all faces of a matching photo match: nothing to leave out.
        if self.match == "any" and self.expression.face_terms:
            condition = self.expression.condition(version) if version else None
            faces = faces.filter(condition) if condition else faces.none()
        field = BY_NAME[name].field
        extreme = (Min if lowest else Max)(field)
        value = faces.order_by().values("photo").annotate(value=extreme).values("value")
        search = photos.search or self._search(photos, "photo_id")
        photos = photos.searched(replace(search, field=field, lowest=lowest))
        photos = photos.annotate(sort_value=Subquery(value))
        return photos.in_order(ByProbability(), sort_key=sort_key(lowest))

    def _matching_faces(self, faces: FaceQuerySet, version: ModelVersion | None) -> FaceQuerySet:
        if not self.expression.face_terms:
            return faces.filter(self.expression.photo_condition("photo__"), self._listed())
        if version is None:
            return faces.none()
        search = self._search(faces, "id", self.expression.condition(version))
        return faces.filter(search.condition).searched(search)

    def _sorted_faces(self, faces: FaceQuerySet) -> FaceQuerySet:
        if by := PHOTO_ORDERS.get(self.sort):
            return self._sorted_by_photo(faces, by)
        name, lowest = read_sort(self.sort)
        field = BY_NAME[name].field
        search = faces.search or self._search(faces, "id")
        faces = faces.searched(replace(search, field=field, lowest=lowest))
        faces = faces.annotate(sort_value=F(field))
        return faces.in_order(ByProbability(), sort_key=sort_key(lowest))

    def _sorted_by_photo(self, faces: FaceQuerySet, by: PhotoOrder) -> FaceQuerySet:
        if by.column:
            # Without the scope the database could not walk through an index of the photos.
            faces = faces.filter(**{f"photo__{name}": of for name, of in faces.scope.items()})
        return self._with_few(faces, by).in_order(by.order, **by.key("photo__"))

    def _with_few(self, rows: Rows, by: PhotoOrder) -> Rows:
        """With a short cut to what facts about the photo leave, in an order that has an index.

        A walk through that index would look at all rows if few meet them.
        """
        if by.column and self.expression.terms and rows.search is None:
            return rows.searched(Search(faces=rows, column="id"))
        return rows

    def _listed(self) -> Q:
        """Which faces are listed by a filter that asks nothing of them."""
        return Q() if self.expression.takes_no_faces else REAL

    def _search(self, rows: KeysetQuerySet[Any], column: str, condition: Q | None = None) -> Search:
        """A short cut to the pages of these rows: the faces in their scope."""
        faces = Face.objects.filter(**rows.scope)
        if condition is not None:
            condition = REAL & self.expression.photo_condition("photo__") & condition
            return Search(faces=faces, column=column, condition=condition)
        if column == "photo_id":
            return Search(faces=faces, column=column, condition=REAL, is_optional=True)
        return Search(faces=faces, column=column, condition=self._listed())
