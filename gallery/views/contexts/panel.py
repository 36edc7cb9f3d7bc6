"""The filter panel and the other controls of a gallery's page."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from gallery.answers.corrections import MOST_FACES
from gallery.filters.expression import EVERYTHING, State
from gallery.filters.facets import FacetCount
from gallery.filters.look import VIEWS, Look
from gallery.filters.order import read_sort
from gallery.models import Gallery
from gallery.views.contexts.grades import Grade, weak_grade
from ml.attributes import ATTRIBUTES, BY_NAME, GROUPS, Attribute
from ml.models import ModelVersion


@dataclass(frozen=True)
class StateChoice:
    """One of an attribute's states, as a link."""

    word: str
    href: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class PanelRow:
    """One attribute; `slider` is its threshold in the filter, or where one would start."""

    attribute: Attribute
    choices: list[StateChoice]
    is_chosen: bool
    slider: float
    has_threshold: bool
    grade: Grade | None


@dataclass(frozen=True)
class PanelGroup:
    title: str
    slug: str
    rows: list[PanelRow]
    chosen: int


def make_groups(
    gallery: Gallery,
    look: Look,
    facets: dict[str, FacetCount],
    version: ModelVersion | None = None,
) -> list[PanelGroup]:
    """The filter panel."""
    url = gallery.get_absolute_url()
    rows = [
        _row(attribute, _choices(url, look, attribute.name, facets[attribute.name]), look, version)
        for attribute in ATTRIBUTES
    ]
    return [
        _group(title, [row for row in rows if row.attribute.group == title]) for title in GROUPS
    ]


def _group(title: str, rows: list[PanelRow]) -> PanelGroup:
    return PanelGroup(
        title=title,
        slug=slugify(title),
        rows=rows,
        chosen=sum(row.is_chosen for row in rows),
    )


def _row(
    attribute: Attribute, choices: list[StateChoice], look: Look, version: ModelVersion | None
) -> PanelRow:
    threshold = look.expression.threshold_of(attribute.name)
    start = version.thresholds_of(attribute.name).yes if version else 0.5
    return PanelRow(
        attribute=attribute,
        choices=choices,
        is_chosen=bool(look.expression.state_of(attribute.name)),
        slider=start if threshold is None else threshold,
        has_threshold=threshold is not None,
        grade=weak_grade(version, attribute.name),
    )


def _choices(url: str, look: Look, name: str, facet: FacetCount) -> list[StateChoice]:
    """Any, yes, no and unsure as links, each with the number of photos behind it."""
    current = look.expression.state_of(name)
    counts: dict[State, int | None] = {
        "": None,
        "yes": facet.yes,
        "no": facet.no,
        "unsure": facet.unsure,
    }
    return [
        StateChoice(
            word=state or "any",
            href=url + look.query_after(expression=look.expression.with_state(name, state)),
            is_current=state == current,
            count=count,
        )
        for state, count in counts.items()
    ]


@dataclass(frozen=True)
class PanelLink:
    """A switch or chip: its words, and the address that it leads to."""

    words: str
    href: str
    is_current: bool = False


def _current_attribute(look: Look) -> str:
    """The attribute that people probably answer next: in the filter, else the order, else any."""
    named = look.expression.own_names() + [read_sort(look.sort)[0]]
    return next(filter(None, named), ATTRIBUTES[0].name)


def make_controls(gallery: Gallery, look: Look) -> dict[str, Any]:
    """The chips, switches and sort list."""
    url, expression = gallery.get_absolute_url(), look.expression
    words = {"any": "any face", "every": "every face"}
    return {
        "chips": [
            PanelLink(term.words(), url + look.query_after(expression=expression.without(term)))
            for term in expression.terms
        ],
        "clear": url + look.query_after(expression=EVERYTHING),
        "matches": [
            PanelLink(words[match], url + look.query_after(match=match), look.match == match)
            for match in words
        ],
        "views": [
            PanelLink(view, url + look.query_after(view=view), look.view == view) for view in VIEWS
        ],
        "bulk": BY_NAME[_current_attribute(look)],
        "bulk_most": MOST_FACES,
        "sorts": [
            ("Highest first", [(a.name, a.label) for a in ATTRIBUTES]),
            ("Lowest first", [(f"-{a.name}", f"{a.label}, lowest") for a in ATTRIBUTES]),
        ],
    }
