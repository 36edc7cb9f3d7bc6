"""Reviewing a gallery: where answers are wanted most, and the faces that wait for one."""

from dataclasses import dataclass

from gallery.answers.opinions import Consent, consents, second_look
from gallery.answers.review import Standing, faces_of, standings
from gallery.filters.look import Look
from gallery.filters.terms import MIDDLE
from gallery.models import Face, Gallery
from gallery.models.pages import CursorError, Page
from gallery.views.contexts.grades import Grade, weak_grade
from gallery.views.contexts.tiles import face_address, percent
from gallery.views.requests import PageRequest
from ml.attributes import BY_NAME
from ml.models import ModelVersion

PAGE_SIZE = 30


@dataclass(frozen=True)
class AttributeRow:
    """One attribute of the list."""

    standing: Standing
    grade: Grade | None
    agreement: str
    consent: Consent


@dataclass(frozen=True)
class Item:
    """One face that waits for an answer, with the model's probability and its guess."""

    face: Face
    href: str
    model: str
    guess: str


def make_rows(
    request: PageRequest, gallery: Gallery, version: ModelVersion | None
) -> list[AttributeRow]:
    """The 40 attributes, those first about which the model is most often unsure."""
    found = consents(request.user, gallery)
    return [
        AttributeRow(
            standing=standing,
            grade=weak_grade(version, standing.attribute.name),
            agreement=_agreement(standing),
            consent=found.get(standing.attribute.name, Consent()),
        )
        for standing in standings(request.user, gallery, version)
    ]


def _agreement(standing: Standing) -> str:
    share = standing.agreement.share
    return "" if share is None else percent(share)


def read_page(
    request: PageRequest, gallery: Gallery, attribute: str, is_second: bool = False
) -> tuple[str, Page[Face]]:
    """Where the page begins, and its faces; a broken address begins at the front."""
    faces = faces_of(request.user, gallery).to_review(attribute)
    if is_second:
        faces = second_look(request.user, gallery, attribute)
    faces = faces.with_photo()
    after = request.GET.get("after", "")
    try:
        if "skip" in request.GET:  # without JavaScript: go on after the face shown
            after = faces.page(after, 1).next_cursor
            return after, faces.page(after, PAGE_SIZE) if after else Page([], "")
        return after, faces.page(after, PAGE_SIZE)
    except CursorError:
        return "", faces.page("", PAGE_SIZE)


def make_items(faces: list[Face], attribute: str) -> list[Item]:
    """What the page shows of each face."""
    field = BY_NAME[attribute].field
    return [_item(face, getattr(face, "model_says", getattr(face, field))) for face in faces]


def _item(face: Face, probability: float) -> Item:
    return Item(
        face=face,
        href=face_address(face, Look()),
        model=percent(probability),
        guess="yes" if probability >= MIDDLE else "no",
    )
