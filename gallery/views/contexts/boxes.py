"""The boxes on a photo: in reading order, each with a tag that holds its number."""

from collections.abc import Sequence
from dataclasses import dataclass

from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.views.contexts.tiles import face_address

TAG_ROOM = 0.04  # what a tag takes at most of the height of a picture on a screen, about
TAG_HEIGHT, TAG_GAP, TAG_BASELINE = 18, 3, 13  # pixels
DIGIT, TAG_PADDING = 7, 12


@dataclass(frozen=True)
class PictureBox:
    """A face's box in percent of the upright picture, and the tag outside it, in pixels."""

    number: int
    face: Face
    href: str
    is_current: bool
    is_below: bool  # the tag

    @property
    def x(self) -> float:
        return _percent(self.face.x)

    @property
    def y(self) -> float:
        return _percent(self.face.y)

    @property
    def width(self) -> float:
        return _percent(self.face.w)

    @property
    def height(self) -> float:
        return _percent(self.face.h)

    @property
    def is_at_right(self) -> bool:
        """Whether the tag ends with the box: at the picture's right edge it would stick out."""
        return self.face.x + self.face.w / 2 > 0.5

    @property
    def tag_x(self) -> float:
        return _percent(self.face.x + (self.face.w if self.is_at_right else 0))

    @property
    def tag_y(self) -> float:
        return _percent(self.face.y + (self.face.h if self.is_below else 0))

    @property
    def tag_width(self) -> int:
        return TAG_PADDING + DIGIT * len(str(self.number))

    @property
    def tag_left(self) -> int:
        return -self.tag_width if self.is_at_right else 0

    @property
    def tag_top(self) -> int:
        return TAG_GAP if self.is_below else -TAG_GAP - TAG_HEIGHT

    @property
    def tag_baseline(self) -> int:
        return self.tag_top + TAG_BASELINE

    @property
    def tag_middle(self) -> float:
        return self.tag_left + self.tag_width / 2


def make_boxes(photo: Photo, look: Look, wanted: str) -> list[PictureBox]:
    """The photo's boxes; the face with the uuid `wanted` is the current one, else the first."""
    faces = in_reading_order(list(photo.faces.all()))
    uuids = [str(face.uuid) for face in faces]
    current = uuids.index(wanted) if wanted in uuids else 0
    return [
        PictureBox(
            number=place + 1,
            face=face,
            href=face_address(face, look),
            is_current=place == current,
            is_below=_covers_above(face, faces) and not _covers_below(face, faces),
        )
        for place, face in enumerate(faces)
    ]


def in_reading_order(faces: Sequence[Face]) -> list[Face]:
    """The faces row by row from the top, each row from the left.

    A face is in the row of another if its middle is within the upper and lower edge of that one.
    """
    rows: list[list[Face]] = []
    for face in sorted(faces, key=_middle):
        if rows and _middle(face) < rows[-1][0].y + rows[-1][0].h:
            rows[-1].append(face)
        else:
            rows.append([face])
    return [face for row in rows for face in sorted(row, key=lambda face: face.x)]


def _middle(face: Face) -> float:
    return face.y + face.h / 2


def _covers_above(face: Face, faces: Sequence[Face]) -> bool:
    return _is_over_a_face(face, face.y - TAG_ROOM, faces)


def _covers_below(face: Face, faces: Sequence[Face]) -> bool:
    return _is_over_a_face(face, face.y + face.h, faces)


def _is_over_a_face(face: Face, top: float, faces: Sequence[Face]) -> bool:
    """Whether a tag with this upper edge would cover another face."""
    return any(
        other is not face
        and other.x < face.x + face.w
        and face.x < other.x + other.w
        and other.y < top + TAG_ROOM
        and top < other.y + other.h
        for other in faces
    )


def _percent(fraction: float) -> float:
    return round(100 * fraction, 3)
