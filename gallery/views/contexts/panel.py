"""The filter panel and the other controls of a gallery's page."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from gallery.answers.corrections import MOST_FACES
from gallery.filters.expression import EVERYTHING, State
from gallery.filters.facets import FacetCount
from gallery.filters.look import VIEWS, Look
from gallery.filters.order import read_sort
from gallery.models import Gallery, Photo
from gallery.models.photo import PhotoQuerySet
from ml.attributes import ATTRIBUTES, BY_NAME, GROUPS, Attribute
from ml.models import ModelVersion

WEAK = ("poor", "fair")


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
    look: Look,
    facets: dict[str, FacetCount],
    version: ModelVersion | None = None,
) -> list[Group]:
    """The filter panel."""
    url = gallery.get_absolute_url()

    def choice(name: str, word: str, state: State, count: int | None = None) -> Choice:
        expression = look.expression.with_state(name, state)
        href = url + look.but(expression=expression)
        return Choice(word, href, look.expression.state_of(name) == state, count)

    def row(attribute: Attribute) -> Row:
        name, facet = attribute.name, facets[attribute.name]
        choices = [
            choice(name, "any", ""),
            choice(name, "yes", "yes", facet.yes),
            choice(name, "no", "no", facet.no),
            choice(name, "unsure", "unsure", facet.unsure),
        ]
        threshold = look.expression.threshold_of(name)
        begin = version.thresholds_of(name).yes if version else 0.5
        return Row(
            attribute=attribute,
            choices=choices,
            is_chosen=bool(look.expression.state_of(name)),
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


def _at_hand(look: Look) -> str:
    """The attribute that is looked at: what the filter names, else the order, else the first."""
    named = look.expression.own_names() + [read_sort(look.sort)[0]]
    return next(filter(None, named), ATTRIBUTES[0].name)


def make_controls(gallery: Gallery, look: Look) -> dict[str, Any]:
    """Chips, switches and the sort list."""
    url, expression = gallery.get_absolute_url(), look.expression
    words = {"any": "any face", "every": "every face"}
    return {
        "chips": [
            Link(term.words(), url + look.but(expression=expression.without(term)))
            for term in expression.terms
        ],
        "clear": url + look.but(expression=EVERYTHING),
        "matches": [
            Link(words[match], url + look.but(match=match), look.match == match) for match in words
        ],
        "views": [Link(view, url + look.but(view=view), look.view == view) for view in VIEWS],
        "bulk": BY_NAME[_at_hand(look)],
        "bulk_most": MOST_FACES,
        "sorts": [
            ("Highest first", [(a.name, a.label) for a in ATTRIBUTES]),
            ("Lowest first", [(f"-{a.name}", f"{a.label}, lowest") for a in ATTRIBUTES]),
        ],
    }
