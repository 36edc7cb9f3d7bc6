"""Small pictures for made-up photos: in each box a drawn portrait, as the face's row says."""

import hashlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import islice

from PIL import Image

from gallery import storage
from gallery.models import Face, Photo
from gallery.models.photo import PhotoQuerySet
from ml.attributes import BY_NAME
from ml.data.drawing import HAIRS, HEIGHT, WIDTH, draw_face

CHUNK = 500  # photos
# What is drawn. Few attributes, because each combination is drawn once.
SHOWN = (*HAIRS, "Bald", "Eyeglasses", "Male", "Smiling", "Wearing_Hat")
LOOKS = 3  # different people of each combination
GRAY = (128, 130, 134)
# Where a portrait has its face, in its pixels: the box goes there.
FACE_LEFT, FACE_TOP, FACE_SIDE = 34, 68, 110


def draw_pictures(photos: PhotoQuerySet) -> Iterator[int]:
    """Draw and store the pictures of these photos; yields the number so far after each chunk."""
    done, rows = 0, photos.with_faces().iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        for photo in chunk:
            content = _encoded(_picture(photo))
            storage.save(photo.file_name(), content)
            photo.bytes, photo.stored_sha256 = len(content), hashlib.sha256(content).hexdigest()
        Photo.objects.bulk_update(chunk, ("bytes", "stored_sha256"))
        done += len(chunk)
        yield done


def _picture(photo: Photo) -> Image.Image:
    picture = Image.new("RGB", (photo.width, photo.height), GRAY)
    for face in photo.faces.all():
        if not face.is_whole:
            _paste(picture, face)
    return picture


def _paste(picture: Image.Image, face: Face) -> None:
    scale = face.w * picture.width / FACE_SIDE
    portrait = _portrait(_shown(face), face.pk % LOOKS)
    size = round(WIDTH * scale), round(HEIGHT * scale)
    left = round(face.x * picture.width - FACE_LEFT * scale)
    top = round(face.y * picture.height - FACE_TOP * scale)
    picture.paste(portrait.resize(size, Image.Resampling.BILINEAR), (left, top))


def _shown(face: Face) -> frozenset[str]:
    """The attributes to draw: those above one half, and of the hair colors the likeliest."""
    values = {name: getattr(face, BY_NAME[name].field) for name in SHOWN}
    hair = max(HAIRS, key=lambda name: values[name])
    others = (name for name in SHOWN if name not in HAIRS or name == hair)
    return frozenset(name for name in others if values[name] > 0.5)


@cache
def _portrait(shown: frozenset[str], look: int) -> Image.Image:
    return draw_face({*shown, "No_Beard"}, (WIDTH, HEIGHT), seed=look)


def _encoded(picture: Image.Image) -> bytes:
    content = BytesIO()
    picture.save(content, "JPEG", quality=75)
    return content.getvalue()
