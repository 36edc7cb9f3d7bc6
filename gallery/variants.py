"""The smaller pictures of a photo: two previews, two thumbnails, and one of each face.

The worker makes them when it analyzes the photo, except the preview for small screens: that is made
on the first request, and so is any that was lost. A backup need not hold them.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import PurePath

from django.core.files.base import ContentFile
from PIL import Image

from gallery import storage
from gallery.models import Face, Photo
from gallery.models.face import box_hash
from gallery.models.picture import Content, PictureError
from gallery.storage import StorageError
from ml.faces.boxes import TurnedBox, crop_face

PREVIEW, PHONE, THUMBNAIL, SMALL = "preview.jpg", "phone.webp", "thumbnail.webp", "small.webp"
# Pixels of the longest and of the shortest side, at most.
SIDES = {PREVIEW: (1600, 1600), PHONE: (800, 800), THUMBNAIL: (480, 480), SMALL: (480, 256)}
FACE_SIDE = 320  # pixels, at most

# At 1600 pixels WebP would save a third of the bytes, for ten times the CPU time of JPEG: 40 ms,
# half of what everything else costs for a photo. At 480 and 320 pixels it takes 5 to 10 ms.
ENCODERS = {
    ".jpg": ("JPEG", {"quality": 85}),
    ".webp": ("WEBP", {"quality": 80, "method": 0}),
}
# A page has sixty of them. Method 2 takes as long at that size, for two thirds of the bytes.
SMALLEST = ("WEBP", {"quality": 70, "method": 2})

Maker = Callable[[], Image.Image]


def write_variants(photo: Photo, picture: Image.Image, faces: Iterable[TurnedBox]) -> None:
    """Store those smaller pictures that are missing, and delete those of former faces.

    `faces` are all that the photo has now.

    Raises:
        StorageError: the storage cannot be asked what is there.
    """
    preview = cache(lambda: _scaled(picture, PREVIEW))
    thumbnail = cache(lambda: _scaled(preview(), THUMBNAIL))
    makers: dict[str, Maker] = {
        PREVIEW: preview,
        THUMBNAIL: thumbnail,
        SMALL: lambda: _scaled(thumbnail(), SMALL),
    }
    makers |= {face_name(face): _cutter(picture, face) for face in faces}
    there = photo.list_variants()
    for name in makers.keys() - there:
        _write(photo, name, _encoded(makers[name](), name))
    for name in there - makers.keys() - {PHONE}:
        storage.delete(photo.file_name(name))


def open_variant(photo: Photo, name: str) -> Content:
    """A preview or a thumbnail.

    Raises:
        PictureError: it is missing, and the picture to make it from is missing or damaged.
        StorageError: the storage cannot be asked.
    """
    enough = size_of(name, photo.width, photo.height)
    return _open(photo, name, lambda: _scaled(photo.open_picture(enough), name))


def open_face(face: Face) -> Content:
    """The picture of a face.

    Raises:
        PictureError: it is missing, and the picture to cut it from is missing or damaged.
        StorageError: the storage cannot be asked.
    """
    enough = int(FACE_SIDE / face.w), int(FACE_SIDE / face.h)
    photo: Photo = face.photo
    return _open(photo, face_name(face), lambda: _face(photo.open_picture(enough), face))


def size_of(name: str, width: int, height: int) -> tuple[int, int]:
    """The size of that variant of a picture: never enlarged, each side at least one pixel."""
    longest, shortest = SIDES[name]
    scale = min(1, longest / max(width, height), shortest / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def face_name(face: TurnedBox) -> str:
    """The file of a face's picture."""
    return f"face-{box_hash(face)}.webp"


def _open(photo: Photo, name: str, make: Maker) -> Content:
    try:
        return photo.open_file(name)
    except PictureError:
        content = _encoded(make(), name)
        _write(photo, name, content)
        return ContentFile(content)


def _write(photo: Photo, name: str, content: bytes) -> None:
    # The storage is full, perhaps: then it is made each time. Or the photo was deleted just now,
    # with its folder.
    with suppress(StorageError, FileNotFoundError):
        storage.save(photo.file_name(name), content)


def _scaled(picture: Image.Image, name: str) -> Image.Image:
    """The picture in the size of that variant."""
    size = size_of(name, *picture.size)
    if size == picture.size:
        return picture
    # As sharp as bicubic when a picture is made smaller, in half the time of Lanczos.
    return picture.resize(size, Image.Resampling.HAMMING, reducing_gap=1.5)


def _cutter(picture: Image.Image, face: TurnedBox) -> Maker:
    return lambda: _face(picture, face)


def _face(picture: Image.Image, face: TurnedBox) -> Image.Image:
    return crop_face(picture, face, FACE_SIDE, inside=True)


def _encoded(image: Image.Image, name: str) -> bytes:
    """The bytes of a file with that name's ending."""
    form, options = SMALLEST if name == SMALL else ENCODERS[PurePath(name).suffix]
    content = BytesIO()
    image.save(content, form, **options)
    return content.getvalue()
