"""Pictures on pages: which files the browser may choose from, and where tiles crop them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from gallery.models import Face, Photo
from gallery.variants import PHONE, PREVIEW, SMALL, THUMBNAIL, size_of

MIDDLE = 50
STEP = 5  # percent; static/css/components/crops.css has a rule for each
HAIR = 0.3  # of a face's height: how far the head reaches above its box


@dataclass(frozen=True)
class Thumbnail:
    """A picture that fills a tile.

    `crop` says which part of what does not fit is cut off at the left or the top, in percent.
    """

    src: str
    srcset: str = ""
    crop: int = MIDDLE


def make_thumbnail(
    photo: Photo, faces: Sequence[Face], aspect: float = 1.0, token: str = ""
) -> Thumbnail:
    """The thumbnail of a photo for a tile of this width to height, cropped around its faces.

    With the token of a share link, it is the one that the link opens.
    """
    small, large = (_address(photo, name, token) for name in ("small", "thumbnail"))
    # The picture's shorter side is as long as the tile's, so that side chooses the file.
    widths = [min(size_of(file, photo.width, photo.height)) for file in (SMALL, THUMBNAIL)]
    return Thumbnail(
        src=large,
        srcset=f"{small} {widths[0]}w, {large} {widths[1]}w",
        crop=crop_of(photo, faces, aspect),
    )


def preview_srcset(photo: Photo | None, token: str = "") -> str:
    """The previews of a photo to choose from; empty if both are equally large, or there is none."""
    if not photo:
        return ""
    widths = [size_of(file, photo.width, photo.height)[0] for file in (PHONE, PREVIEW)]
    small, large = (_address(photo, name, token) for name in ("phone", "preview"))
    return f"{small} {widths[0]}w, {large} {widths[1]}w" if widths[0] < widths[1] else ""


def _address(photo: Photo, name: str, token: str) -> str:
    if token:
        return reverse(f"gallery:shared_{name}", args=[token, photo.uuid])
    return reverse(f"gallery:{name}", args=[photo.uuid])


def crop_of(photo: Photo, faces: Sequence[Face], aspect: float = 1.0) -> int:
    """Where to crop, so that all faces stay in sight; the largest one if they are too far apart."""
    is_wide = photo.width > photo.height * aspect
    seen = photo.height * aspect / photo.width if is_wide else photo.width / aspect / photo.height
    if seen >= 1 or not faces:
        return MIDDLE
    start, end = _extent(faces, is_wide)
    if end - start > seen:
        largest = max(faces, key=lambda face: face.w * face.h)
        start, end = _extent([largest], is_wide)
    hidden = min(max((start + end - seen) / 2, 0), 1 - seen)
    return STEP * round(100 * hidden / (1 - seen) / STEP)


def _extent(faces: Sequence[Face], is_wide: bool) -> tuple[float, float]:
    """From where to where the heads reach, in fractions of the picture's width or height."""
    if is_wide:
        return min(face.x for face in faces), max(face.x + face.w for face in faces)
    return min(face.y - HAIR * face.h for face in faces), max(face.y + face.h for face in faces)
