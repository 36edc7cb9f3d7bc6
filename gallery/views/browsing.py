"""How a gallery is looked at - filter, order, view - as the address says it, and its controls."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.text import slugify

from gallery.corrections import MOST_FACES
from gallery.demands import FilterError
from gallery.facets import FacetCount
from gallery.filters import Expression, State, check_match, parse
from gallery.models import Face, Gallery, Photo
from gallery.querysets import EVERYTHING, FaceQuerySet, PhotoQuerySet
from gallery.sorting import NEWEST, read_sort
from ml.attributes import ATTRIBUTES, BY_NAME, GROUPS, Attribute
from ml.models import ModelVersion

WEAK = ("poor", "fair")
VIEWS = ("photos", "faces")


@dataclass(frozen=True)
class Grade:
    """How far an attribute's answers can be relied on, where that is not good."""

    word: str
    reason: str


def weak_grade(version: ModelVersion | None, name: str) -> Grade | None:
    """The attribute's grade where the version cannot tell it well; None where it can."""
    graded = version.reliability.get(name, {}) if version else {}
    if graded.get("grade") not in WEAK:
        return None
    return Grade(graded["grade"], graded.get("reason", ""))


def photos_of(user: Any, gallery: Gallery) -> PhotoQuerySet:
    """The gallery's photos that the person may see."""
    return Photo.objects.visible_to(user).in_gallery(gallery)


@dataclass(frozen=True)
class Browsing:
    """Which of a gallery's photos or faces are shown, and in which order."""

    expression: Expression = EVERYTHING
    match: str = "any"
    sort: str = NEWEST
    view: str = "photos"

    @classmethod
    def read(cls, query: QueryDict) -> "Browsing":
        """What the address asks for; FilterError when it cannot be understood."""
        if query.get("own"):
            return cls._with_threshold(query)
        return cls._read(query)

    @classmethod
    def _with_threshold(cls, query: QueryDict) -> "Browsing":
        """What a slider sends: the look that it stands in, its attribute, and its number."""
        look = cls._read(QueryDict(query.get("look", "").removeprefix("?")))
        term = parse(f"{query['own']}>={query.get('at_least', '')}").terms[0]
        name, state = term.own
        number = Expression((term,)).threshold_of(name)
        return replace(look, expression=look.expression.with_state(name, state, number or 0.0))

    @classmethod
    def _read(cls, query: QueryDict) -> "Browsing":
        match, view = query.get("match") or "any", query.get("view") or "photos"
        check_match(match)
        if view not in VIEWS:
            raise FilterError(f'Unknown view "{view[:50]}". Use photos or faces.')
        return cls(parse(query.get("attrs", "")), match, _read_sort(query.get("sort", "")), view)

    @classmethod
    def read_or_default(cls, query: QueryDict) -> "Browsing":
        """The same, but what cannot be understood shows everything."""
        try:
            return cls.read(query)
        except FilterError:
            return cls()

    @property
    def query(self) -> str:
        """The canonical query string, with its question mark; "" when all is as by default."""
        return self.query_with()

    def query_with(self, **more: Any) -> str:
        """The same with further parameters."""
        given = {"attrs": str(self.expression), "match": self.match, "sort": self.sort}
        given["view"] = self.view
        defaults = {"attrs": "", "match": "any", "sort": NEWEST, "view": "photos"}
        changed = {key: value for key, value in given.items() if value != defaults[key]} | more
        return f"?{urlencode(changed, safe=',?')}" if changed else ""

    def but(self, **changes: Any) -> str:
        """The query string of the same look with something changed."""
        return replace(self, **changes).query

    @property
    def sentence(self) -> str:
        """The filter in words."""
        return self.expression.sentence(self.match)

    def photos(self, user: Any, gallery: Gallery, version: ModelVersion | None) -> PhotoQuerySet:
        """The gallery's photos that the filter leaves, in order."""
        photos = photos_of(user, gallery).matching(self.expression, version, self.match)
        return photos.sorted_by(self.sort, self.expression, version, self.match)

    def faces(self, user: Any, gallery: Gallery, version: ModelVersion | None) -> FaceQuerySet:
        """The gallery's faces that the filter leaves, in order."""
        faces = Face.objects.visible_to(user).in_gallery(gallery)
        if self.match == "every":
            faces = faces.in_photos(self.photos(user, gallery, version))
        return faces.matching(self.expression, version).sorted_by(self.sort).with_photo()


def _read_sort(text: str) -> str:
    """The order in its canonical spelling."""
    name, lowest = read_sort(text)
    return f"{'-' if lowest else ''}{name}" if name else NEWEST


@dataclass(frozen=True)
class Choice:
    """One of an attribute's states, as a link."""

    word: str
    href: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class Row:
    """One attribute; `slider` is where its own threshold stands, or would begin."""

    attribute: Attribute
    choices: list[Choice]
    is_chosen: bool
    slider: float
    has_threshold: bool
    grade: Grade | None


@dataclass(frozen=True)
class Group:
    title: str
    slug: str
    rows: list[Row]
    chosen: int


def make_groups(
    gallery: Gallery,
    browsing: Browsing,
    facets: dict[str, FacetCount],
    version: ModelVersion | None = None,
) -> list[Group]:
    """The filter panel."""
    url = gallery.get_absolute_url()

    def choice(name: str, word: str, state: State, count: int | None = None) -> Choice:
        expression = browsing.expression.with_state(name, state)
        href = url + browsing.but(expression=expression)
        return Choice(word, href, browsing.expression.state_of(name) == state, count)

    def row(attribute: Attribute) -> Row:
        name, facet = attribute.name, facets[attribute.name]
        choices = [
            choice(name, "any", ""),
            choice(name, "yes", "yes", facet.yes),
            choice(name, "no", "no", facet.no),
            choice(name, "unsure", "unsure", facet.unsure),
        ]
        threshold = browsing.expression.threshold_of(name)
        begin = version.thresholds_of(name).yes if version else 0.5
        return Row(
            attribute=attribute,
            choices=choices,
            is_chosen=bool(browsing.expression.state_of(name)),
            slider=begin if threshold is None else threshold,
            has_threshold=threshold is not None,
            grade=weak_grade(version, name),
        )

    def group(title: str) -> Group:
        rows = [row(attribute) for attribute in ATTRIBUTES if attribute.group == title]
        return Group(title, slugify(title), rows, sum(row.is_chosen for row in rows))

    return [group(title) for title in GROUPS]


@dataclass(frozen=True)
class Link:
    """A switch's or chip's words, and where they lead."""

    words: str
    href: str
    is_current: bool = False


def _at_hand(browsing: Browsing) -> str:
    """The attribute that is looked at: what the filter names, else the order, else the first."""
    named = browsing.expression.own_names() + [read_sort(browsing.sort)[0]]
    return next(filter(None, named), ATTRIBUTES[0].name)


def make_controls(gallery: Gallery, browsing: Browsing) -> dict[str, Any]:
    """Chips, switches and the sort list."""
    url, expression = gallery.get_absolute_url(), browsing.expression
    words = {"any": "any face", "every": "every face"}
    return {
        "chips": [
            Link(term.words(), url + browsing.but(expression=expression.without(term)))
            for term in expression.terms
        ],
        "clear": url + browsing.but(expression=EVERYTHING),
        "matches": [
            Link(words[match], url + browsing.but(match=match), browsing.match == match)
            for match in words
        ],
        "views": [
            Link(view, url + browsing.but(view=view), browsing.view == view) for view in VIEWS
        ],
        "bulk": BY_NAME[_at_hand(browsing)],
        "bulk_most": MOST_FACES,
        "sorts": [
            ("Highest first", [(a.name, a.label) for a in ATTRIBUTES]),
            ("Lowest first", [(f"-{a.name}", f"{a.label}, lowest") for a in ATTRIBUTES]),
        ],
    }
