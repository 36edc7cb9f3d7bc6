"""Pictures as people upload them, and what becomes of them."""

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms, ImageDraw, ImageStat

from gallery.models import Photo
from gallery.uploads.decoder import decoder
from gallery.uploads.gate import clean_image
from gallery.uploads.pictures import UploadError

ORIENTATION = 0x0112
GPS = 0x8825

# --- Pictures


def draw(size=(96, 64), mode="RGB") -> Image.Image:
    """Gray with a red top left quarter, so that each turn and flip looks different."""
    image = Image.new("RGB", size, (128, 128, 128))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill="red")
    return image.convert(mode)


def encode(image: Image.Image, format: str = "JPEG", **options) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=64, height=64, depth=8, color=0, rows=None, extra=b"") -> bytes:
    """A PNG written by hand, for what Pillow does not write; `extra` goes before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    rows = rows if rows is not None else bytes(width + 1) * height
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + pixels + chunk(b"IEND")


def exif(**tags) -> bytes:
    data = Image.Exif()
    data[ORIENTATION] = tags.get("orientation", 1)
    if "camera" in tags:
        data[0x010F] = tags["camera"]
        data.get_ifd(GPS).update({1: "N", 2: (48.0, 12.0, 30.0), 29: tags["camera"]})
    return data.tobytes()


def swapped_profile() -> bytes:
    """The sRGB profile with red and blue exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"....").replace(b"bXYZ", b"rXYZ").replace(b"....", b"bXYZ")


def make_upload(name: str = "face.png", colour: str = "teal") -> SimpleUploadedFile:
    """A file from a form: a plain picture of that colour."""
    return SimpleUploadedFile(name, encode(Image.new("RGB", (120, 90), colour), "PNG"))


# --- What becomes of them


def clean(data: bytes):
    return clean_image(ContentFile(data))


def picture(data: bytes) -> Image.Image:
    return Image.open(BytesIO(clean(data).content))


def refusal(data: bytes) -> str:
    with pytest.raises(UploadError) as error:
        clean(data)
    return str(error.value)


def corner_of_red(image: Image.Image) -> str:
    """Where the red quarter of draw() is."""
    corners = {
        "top left": (10, 10),
        "top right": (image.width - 10, 10),
        "bottom left": (10, image.height - 10),
        "bottom right": (image.width - 10, image.height - 10),
    }
    (found,) = (name for name, at in corners.items() if image.getpixel(at)[1] < 64)
    return found


def mean(image: Image.Image) -> tuple[int, ...]:
    return tuple(round(value) for value in ImageStat.Stat(image).mean)


@contextmanager
def decoders_memory() -> Iterator[Callable[[], int]]:
    """A function that tells how many bytes more than before the process that decodes has had.

    That is the most at any one time within the context; 0 where the system does not tell.
    """
    process = Path(f"/proc/{decoder.start()}")
    if not process.exists():
        yield lambda: 0
        return
    (process / "clear_refs").write_text("5")  # forget the most so far
    before = _told(process, "VmRSS")
    yield lambda: _told(process, "VmHWM") - before


def _told(process: Path, name: str) -> int:
    lines = (process / "status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def files_of(photo: Photo) -> list[str]:
    """The paths of a photo's picture and of its original."""
    return [photo.file_name(), photo.original_file()]


def stored_files() -> list[str]:
    """The paths of all files in private storage."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
