"""The tiles of the grid: photos or faces, each with its link, words and value."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from django.utils.translation import gettext, gettext_noop

from gallery.answers.review import answered_among, answered_photos_among
from gallery.filters.choices import chosen_names
from gallery.filters.look import Look
from gallery.filters.order import read_sort
from gallery.filters.terms import Decider
from gallery.labels import LABELS, SAID
from gallery.models import Face, Photo
from gallery.views.contexts.thumbnails import Thumbnail, make_thumbnail
from ml.attributes import ATTRIBUTES, BY_NAME
from ml.models import ModelVersion

NAMED = 3  # attributes in a picture's alternative text
VALUES = 2  # at most on a tile: more would hide the face
STAGES: dict[str, str] = {  # in words, of a photo without faces to describe
    Photo.Status.QUEUED: gettext_noop("waits to be analyzed"),
    Photo.Status.ANALYSING: gettext_noop("is being analyzed"),
    Photo.Status.FAILED: gettext_noop("could not be analyzed"),
}
NO_FACE = gettext_noop("no face found")
RERUN = gettext_noop("waits for the new model")


@dataclass(frozen=True)
class Tile:
    """One square of the grid."""

    id: str
    photo: Photo
    href: str
    image: Thumbnail
    alt: str
    values: tuple[str, ...] = ()  # of what is sorted by, then of what is asked for
    faces: int = 1
    face: Face | None = None  # the face that can be selected
    is_answered: bool = False  # the first value is a person's, not the model's
    has_answers: bool = False  # people have answered about a face of the photo
    month: str = ""  # in a grid by date
    heading: str = ""  # the month in words, where it begins


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
    faces = [face for face in photo.faces.all() if not face.is_whole]
    return Tile(
        id=f"photo-{photo.uuid}",
        photo=photo,
        href=photo.get_absolute_url() + look.query,
        image=make_thumbnail(photo, faces),
        alt=_alternative_text(photo, faces[:1], version),
        values=_values(faces, look, version),
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
    return Tile(
        id=f"face-{face.uuid}",
        photo=face.photo,
        href=face_address(face, look),
        image=Thumbnail(face.get_crop_url()),
        alt=_alternative_text(face.photo, [face], version),
        values=_values([face], look, version),
        faces=0 if face.is_whole else 1,
        face=face,
        is_answered=is_answered,
    )


def _values(faces: list[Face], look: Look, version: ModelVersion | None) -> tuple[str, ...]:
    """The numbers behind the order and the filter, of the face that puts the photo there."""
    sorted_by, lowest = read_sort(look.sort)
    names = list(dict.fromkeys(filter(None, (sorted_by, *chosen_names(look.expression)))))[:VALUES]
    fitting = [face for face in faces if _fits(face, look, version)]
    if not names or not fitting:
        return ()
    best = fitting[0]
    if sorted_by:
        key = attrgetter(BY_NAME[sorted_by].field)
        best = min(fitting, key=key) if lowest else max(fitting, key=key)
    numbers = {name: percent(getattr(best, BY_NAME[name].field)) for name in names}
    if names == [sorted_by]:
        return (numbers[sorted_by],)
    return tuple(f"{LABELS[name]} {number}" for name, number in numbers.items())


def _fits(face: Face, look: Look, version: ModelVersion | None) -> bool:
    """Whether a face meets the filter's terms about faces."""
    values = face.probabilities()
    return all(
        version is not None and any(part.fits(values[part.name], version) for part in term.of_face)
        for term in look.expression.face_terms
    )


def face_address(face: Face, look: Look) -> str:
    """The photo's page with this face selected."""
    return face.photo.get_absolute_url() + look.query_with(face=face.uuid)


def _alternative_text(photo: Photo, faces: list[Face], version: ModelVersion | None) -> str:
    """The file's name, and the attributes with the most certain yes."""
    found = [face for face in faces if not face.is_whole]
    words = (
        [word for face in found for word in _surest(face, version)] if found else [gettext(NO_FACE)]
    )
    if photo.status != Photo.Status.READY:
        words = [gettext(RERUN if photo.waits_for_model else STAGES[photo.status])]
    return f"{photo.original_name}: {', '.join(words)}" if words else photo.original_name


def _surest(face: Face, version: ModelVersion | None) -> list[str]:
    if version is None:
        return []
    values = face.probabilities().values()
    sure = [
        (value, str(SAID[attribute.name]))
        for attribute, value, decision in zip(
            ATTRIBUTES, values, Decider(version).decide(values), strict=True
        )
        if decision == "yes"
    ]
    return [label for _, label in sorted(sure, reverse=True)[:NAMED]]
