"""A photo's page: the picture with its boxes, and the 40 attributes of one face."""

from dataclasses import dataclass
from typing import Any

from gallery.answers.boxes import SMALLEST
from gallery.filters.look import Look
from gallery.models import Face, Photo
from gallery.views.contexts.page import photos_of
from gallery.views.contexts.tiles import face_address
from gallery.views.contexts.verdicts import make_verdicts
from gallery.views.requests import PageRequest
from ml.models import ModelVersion

TAG = 0.055  # height of a box's number tag, as a fraction of the picture's longer side


@dataclass(frozen=True)
class PictureBox:
    """A face's box and the tag with its number, in pixels of the upright picture."""

    number: int
    face: Face
    href: str
    is_current: bool
    x: float
    y: float
    width: float
    height: float
    tag: float

    @property
    def tag_middle(self) -> float:
        return self.x + self.tag / 2

    @property
    def tag_baseline(self) -> float:
        return self.y + self.tag * 0.73  # puts the digits in the middle of the tag

    @property
    def tag_text(self) -> float:
        return self.tag * 0.65


def photo_context(request: PageRequest, photo: Photo, look: Look, wanted: str) -> dict[str, Any]:
    """The page of a photo; the face with the uuid `wanted` is selected, else the first one."""
    version = ModelVersion.objects.active()
    photos = look.photos(photos_of(request.user, photo.gallery), version)
    before, behind = photos.neighbors(photo)
    boxes = make_boxes(photo, look, wanted)
    current = next((box for box in boxes if box.is_current), None)
    verdicts = make_verdicts(current.face, version) if current else []
    return {
        "photo": photo,
        "browsing": look,
        "before": before,
        "behind": behind,
        "boxes": boxes,
        "current": current,
        "smallest": SMALLEST,
        "verdicts": verdicts,
        "has_weak": any(bar.grade for verdict in verdicts for bar in verdict.bars),
        "back": photo.gallery.get_absolute_url() + look.query,
        "is_progress": "queued" in request.GET or "analysing" in request.GET,
    }


def make_boxes(photo: Photo, look: Look, wanted: str) -> list[PictureBox]:
    """The photo's boxes; the face with the uuid `wanted` is the current one, else the first."""
    faces = list(photo.faces.all())
    uuids = [str(face.uuid) for face in faces]
    current = uuids.index(wanted) if wanted in uuids else 0
    return [
        PictureBox(
            number=place + 1,
            face=face,
            href=face_address(face, look),
            is_current=place == current,
            x=round(face.x * photo.width, 1),
            y=round(face.y * photo.height, 1),
            width=round(face.w * photo.width, 1),
            height=round(face.h * photo.height, 1),
            tag=round(TAG * max(photo.width, photo.height), 1),
        )
        for place, face in enumerate(faces)
    ]
