"""What a gallery holds, in bars that lead to their filters."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gallery.answers.review import answers_of
from gallery.filters.insight import Insight, Pair, read_insight
from gallery.filters.look import Look
from gallery.labels import SAID
from gallery.models import Gallery
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.lookups import get_gallery
from gallery.views.contexts.tiles import percent
from gallery.views.requests import SignedInRequest
from ml.attributes import ATTRIBUTES, BY_NAME, Attribute
from ml.models import ModelVersion

MOST_PAIRS = 12


@dataclass(frozen=True)
class Bar:
    """How many faces have an attribute; the widths are parts of the bar, in percent."""

    attribute: Attribute
    href: str
    faces: int
    yes_width: float
    unsure_width: float
    share: str


@dataclass(frozen=True)
class Together:
    """Two attributes that many faces have both of."""

    first: Attribute
    second: Attribute
    second_words: str
    href: str
    faces: int
    width: float
    share: str


@login_required
@require_safe
def insight(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """How often each attribute is there, which go together, and how sure the model is."""
    gallery = get_gallery(request, uuid)
    collection = Collection(request.user, gallery)
    found = read_insight(collection.galleries(), ModelVersion.objects.active())
    context = {
        "gallery": gallery,
        "faces": found.faces,
        "photos": collection.photos().count(),
        "sure": percent(found.sure),
        "unsure": int(found.unsure.sum()),
        "answers": answers_of(request.user, gallery).count(),
        "bars": _bars(gallery, found),
        "pairs": [_together(gallery, pair) for pair in found.pairs(MOST_PAIRS)],
    }
    return render(request, "gallery/insight.html", context)


def _address(gallery: Gallery, attrs: str) -> str:
    return gallery.get_absolute_url() + Look.of(attrs, view="faces").query


def _bars(gallery: Gallery, found: Insight) -> list[Bar]:
    """The attributes, the most frequent first."""
    if not found.faces:
        return []
    bars = [
        Bar(
            attribute=attribute,
            href=_address(gallery, attribute.name),
            faces=yes,
            yes_width=round(100 * yes / found.faces, 2),
            unsure_width=round(100 * unsure / found.faces, 2),
            share=percent(yes / found.faces),
        )
        for attribute, yes, unsure in zip(
            ATTRIBUTES, found.yes.tolist(), found.unsure.tolist(), strict=True
        )
    ]
    return sorted(bars, key=lambda bar: bar.faces, reverse=True)


def _together(gallery: Gallery, pair: Pair) -> Together:
    return Together(
        first=BY_NAME[pair.first],
        second=BY_NAME[pair.second],
        second_words=str(SAID[pair.second]),
        href=_address(gallery, f"{pair.first},{pair.second}"),
        faces=pair.both,
        width=round(100 * pair.share, 2),
        share=percent(pair.share),
    )
