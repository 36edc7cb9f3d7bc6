"""The tiles of the grid: photos or faces, each with its link, words and value."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from gallery.answers.review import answered_among, answered_photos_among
from gallery.filters.look import Look
from gallery.filters.order import read_sort
from gallery.filters.terms import Decider
from gallery.models import Face, Photo
from ml.attributes import ATTRIBUTES
from ml.models import ModelVersion

NAMED = 3  # attributes in a picture's alternative text
STAGES: dict[str, str] = {  # in words, of a photo without faces to describe
    Photo.Status.QUEUED: "waits to be analyzed",
    Photo.Status.ANALYSING: "is being analyzed",
    Photo.Status.FAILED: "could not be analyzed",
}
RERUN = "waits for the new model"


@dataclass(frozen=True)
class Tile:
    """One square of the grid."""

    id: str
    photo: Photo
    href: str
    image: str
    alt: str
    value: str = ""
    faces: int = 1
    face: Face | None = None  # the face that can be selected
    is_answered: bool = False  # the value is a person's, not the model's
    has_answers: bool = False  # people have answered about a face of the photo


def percent(probability: float) -> str:
    """A probability for people, e.g. "91 %" with a space that does not break."""
    return f"{round(100 * probability)}\N{NO-BREAK SPACE}%"


def photo_tiles(photos: Iterable[Photo], look: Look, version: ModelVersion | None) -> list[Tile]:
    """Tiles of photos, analyzed or not; their faces must have been fetched."""
    photos = list(photos)
    answered = answered_photos_among(photos)
    return [photo_tile(photo, look, version, photo.pk in answered) for photo in photos]


def photo_tile(
    photo: Photo, look: Look, version: ModelVersion | None, has_answers: bool = False
) -> Tile:
    """The tile of one photo."""
    faces = list(photo.faces.all())
    value = getattr(photo, "sort_value", None)
    return Tile(
        id=f"photo-{photo.uuid}",
        photo=photo,
        href=photo.get_absolute_url() + look.query,
        image=reverse("gallery:thumbnail", args=[photo.uuid]),
        alt=_alternative_text(photo, faces[:1], version),
        value="" if value is None else percent(value),
        faces=len(faces),
        has_answers=has_answers,
    )


def face_tiles(faces: Iterable[Face], look: Look, version: ModelVersion | None) -> list[Tile]:
    """Tiles of faces; their photos must have been fetched."""
    faces = list(faces)
    attribute, _ = read_sort(look.sort)
    answered = answered_among(faces, attribute) if attribute else set()
    return [_face_tile(face, look, version, face.pk in answered) for face in faces]


def _face_tile(face: Face, look: Look, version: ModelVersion | None, is_answered: bool) -> Tile:
    value = getattr(face, "sort_value", None)
    return Tile(
        id=f"face-{face.uuid}",
        photo=face.photo,
        href=face_address(face, look),
        image=face.get_crop_url(),
        alt=_alternative_text(face.photo, [face], version),
        value="" if value is None else percent(value),
        face=face,
        is_answered=is_answered,
    )


def face_address(face: Face, look: Look) -> str:
    """The photo's page with this face selected."""
    return face.photo.get_absolute_url() + look.query_with(face=face.uuid)


def _alternative_text(photo: Photo, faces: list[Face], version: ModelVersion | None) -> str:
    """The file's name, and the attributes with the most certain yes."""
    words = [word for face in faces for word in _surest(face, version)]
    if photo.status != Photo.Status.READY:
        words = [RERUN if photo.waits_for_model else STAGES[photo.status]]
    return f"{photo.original_name}: {', '.join(words)}" if words else photo.original_name


def _surest(face: Face, version: ModelVersion | None) -> list[str]:
    if version is None:
        return []
    values = face.probabilities().values()
    sure = [
        (value, attribute.label.lower())
        for attribute, value, decision in zip(
            ATTRIBUTES, values, Decider(version).decide(values), strict=True
        )
        if decision == "yes"
    ]
    return [label for _, label in sorted(sure, reverse=True)[:NAMED]]
