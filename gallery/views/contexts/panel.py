"""The filter panel and the other controls of a gallery's page."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext

from gallery.answers.corrections import MOST_FACES
from gallery.filters.choices import (
    DECISIONS,
    asks_for_number,
    chosen_names,
    is_on,
    switched,
    threshold_of,
    with_number_switched,
)
from gallery.filters.expression import EVERYTHING
from gallery.filters.facets import FacetCount
from gallery.filters.look import VIEWS, Look
from gallery.filters.order import PHOTO_ORDERS, read_sort
from gallery.filters.parsing import parse
from gallery.filters.terms import Decision, localized
from gallery.labels import LABELS, found_by
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.grades import Grade, weak_grade
from ml.attributes import ATTRIBUTES, BY_NAME, EXCLUSIVE_GROUPS, GROUPS, Attribute
from ml.models import ModelVersion

MOST_PHOTOS = 5000  # that can be selected: their ids take 185 kB of a request
WEAKEST = "poor"  # the grade of an attribute that the panel sets apart
WIDTHS = 20  # parts that a row's bar is measured in (panel.css)


@dataclass(frozen=True)
class Part:
    """A decision about an attribute: a part of its row's bar, and a link that switches it."""

    decision: Decision
    href: str
    is_on: bool
    count: int  # of the photos behind it
    width: int  # in twentieths of the bar, at least one


@dataclass(frozen=True)
class PanelRow:
    """One attribute; `slider` is its threshold in the filter, or where one would start."""

    attribute: Attribute
    label: str
    parts: list[Part]
    is_chosen: bool
    count: str  # of the photos with it, in at most four characters
    slider: float
    has_threshold: bool
    grade: Grade | None
    found_by: list[str]


@dataclass(frozen=True)
class PanelGroup:
    title: str
    slug: str
    rows: list[PanelRow]
    is_any: bool  # choosing two of its attributes means either

    @property
    def chosen(self) -> int:
        return sum(row.is_chosen for row in self.rows)


@dataclass(frozen=True)
class NumberChoice:
    """A number of faces in a photo, as a switch."""

    word: str
    href: str
    is_on: bool
    count: int


def make_numbers(collection: Collection, look: Look, counts: dict[str, int]) -> list[NumberChoice]:
    """Switches for 0, 1, 2, and 3 or more faces; `counts` are by term."""
    choices = []
    for term, count in counts.items():
        (number,) = parse(term).terms[0].of_photo
        after = with_number_switched(look.expression, number)
        choices.append(
            NumberChoice(
                word=f"{number.value}{'' if number.operator == '=' else '+'}",
                href=collection.address(replace(look, expression=after)),
                is_on=asks_for_number(look.expression, number),
                count=count,
            )
        )
    return choices


def make_groups(
    collection: Collection,
    look: Look,
    facets: dict[str, FacetCount],
    version: ModelVersion | None = None,
) -> list[PanelGroup]:
    """The filter panel. Attributes that the model recognizes poorly come last."""
    rows = [
        _row(collection, attribute, facets[attribute.name], look, version)
        for attribute in ATTRIBUTES
    ]
    weak = [row for row in rows if row.grade and row.grade.word == WEAKEST]
    groups = [
        PanelGroup(
            title=title,
            slug=slugify(title),
            rows=[row for row in rows if row.attribute.group == title and row not in weak],
            is_any=title in EXCLUSIVE_GROUPS,
        )
        for title in GROUPS
    ]
    groups.append(PanelGroup(title="Less reliable", slug="weak", rows=weak, is_any=False))
    return [group for group in groups if group.rows]


def _row(
    collection: Collection,
    attribute: Attribute,
    facet: FacetCount,
    look: Look,
    version: ModelVersion | None,
) -> PanelRow:
    name, expression = attribute.name, look.expression
    threshold = threshold_of(expression, name)
    start = version.thresholds_of(name).yes if version else 0.5
    return PanelRow(
        attribute=attribute,
        label=str(LABELS[name]),
        parts=_parts(collection, look, name, facet),
        is_chosen=name in chosen_names(expression),
        count=compact(facet.yes),
        slider=start if threshold is None else threshold,
        has_threshold=threshold is not None,
        grade=weak_grade(version, name),
        found_by=found_by(attribute),
    )


def _parts(collection: Collection, look: Look, name: str, facet: FacetCount) -> list[Part]:
    expression, total = look.expression, facet.yes + facet.unsure + facet.no
    counts = {decision: getattr(facet, decision) for decision in DECISIONS}
    return [
        Part(
            decision=decision,
            href=collection.address(replace(look, expression=switched(expression, name, decision))),
            is_on=is_on(expression, name, decision),
            count=count,
            width=max(1, round(WIDTHS * count / total)) if total else 1,
        )
        for decision, count in counts.items()
    ]


def compact(count: int) -> str:
    """A count in at most four characters, rounded down: 999, 1.2k, 17k, 3.4M; 1,2k in German."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if count >= 10 * size:
            return f"{count // size}{unit}"
        if count >= size:
            return localized(f"{count // (size // 10) / 10:g}{unit}")
    return str(count)


@dataclass(frozen=True)
class PanelLink:
    """A switch or chip: its words, and the address that it leads to."""

    words: str
    href: str
    is_current: bool = False


def _current_attribute(look: Look) -> str:
    """The attribute that people probably answer next: in the filter, else the order, else any."""
    named = chosen_names(look.expression) + [read_sort(look.sort)[0]]
    return next(filter(None, named), ATTRIBUTES[0].name)


def make_controls(collection: Collection, look: Look) -> dict[str, Any]:
    """The chips, switches and sort list."""
    expression = look.expression
    words = {"any": gettext("any face"), "every": gettext("every face")}

    def link(text: str, is_current: bool = False, **changes: Any) -> PanelLink:
        return PanelLink(text, collection.address(replace(look, **changes)), is_current)

    return {
        "chips": [
            link(term.words(), expression=expression.without(term)) for term in expression.terms
        ],
        "clear": collection.address(replace(look, expression=EVERYTHING)),
        "matches": [link(words[match], look.match == match, match=match) for match in words],
        "views": [link(view, look.view == view, view=view) for view in VIEWS],
        "bulk": BY_NAME[_current_attribute(look)],
        "bulk_label": LABELS[_current_attribute(look)],
        "bulk_most": MOST_FACES,
        "most_photos": MOST_PHOTOS,
        "photo_sorts": [(name, gettext(order.words)) for name, order in PHOTO_ORDERS.items()],
        "sorts": [
            (gettext("Highest first"), list(LABELS.items())),
            (
                gettext("Lowest first"),
                [
                    (f"-{name}", gettext("%(attribute)s, lowest") % {"attribute": label})
                    for name, label in LABELS.items()
                ],
            ),
        ],
    }
