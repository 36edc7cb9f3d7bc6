"""Whether bytes are a picture, and the clean JPEG made from it.

`gallery.uploads.decoder` runs this in a process of its own.
"""

import logging
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile, get_sampling
from pillow_heif import open_heif, register_heif_opener

from gallery.uploads import webp
from gallery.uploads.heif import decoded_pixels
from gallery.uploads.structure import StructureError, check_structure
from ml import colors
from ml.preprocessing import DECODER_ERRORS

logger = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # by content; a multi-picture JPEG (MPO) is a JPEG
MIN_SIDE = 32  # pixels: no face in a smaller picture can be judged
LARGEST_HEIC = 2.2  # times the limit in pixels, with the alpha plane and the tiles' edges
LARGEST_JPEG = 2.2  # times the limit in pixels: a camera of 108 megapixels
ROOM = 1.5  # for so many copies of a picture at the limit, which take 4 bytes a pixel
HEIC_BAND = 256  # rows
WEBP_COPIES = 4  # that Pillow holds while it decodes: two canvases, their bytes, and the picture
SLOW = 0.4  # of the most pixels: of more, a table converts the colors in over two seconds
MAX_RATIO = 20  # of the sides: a longer strip has no useful thumbnail

QUARTER = 2  # what Pillow calls 4:2:0: one color value for four pixels

TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.MAX_IMAGE_PIXELS = None  # the limit here is another one
# Only the main picture of a HEIC file is needed, not what comes with it.
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


class UploadError(ValueError):
    """The upload is refused; the message tells people why, and what to do.

    `kind` is the reason in a word, for the figures.
    """

    status_code = 400  # of an HTTP answer

    def __init__(self, message: str, kind: str = "damaged") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class CleanImage:
    """An accepted picture: upright, in sRGB, as a JPEG file without metadata."""

    width: int
    height: int
    content: bytes


def clean(data: bytes, most_pixels: int) -> CleanImage:
    """Decode a picture and encode it again; UploadError if it is not an acceptable one."""
    try:
        decoded = _decode(data, most_pixels)
        picture = colors.in_srgb(_upright(decoded), int(most_pixels * SLOW))
        content = _encode(picture, _subsampling(decoded))
    except UploadError:
        raise
    except colors.UnknownColors as error:
        raise UploadError(
            f"The picture's colors are of a kind that cannot be read ({error}). Save a copy in "
            "sRGB and upload that.",
            "colors",
        ) from error
    except MemoryError as error:
        raise UploadError(
            "The picture is too large to be opened. Make it smaller and try again.", "pixels"
        ) from error
    except DECODER_ERRORS as error:
        logger.info("damaged upload: %r", error)
        raise UploadError(
            "The picture is damaged or incomplete. Open it on your device, save a copy and "
            "upload that."
        ) from error
    return CleanImage(picture.width, picture.height, content)


def _decode(data: bytes, most_pixels: int) -> Image.Image:
    """Open by content, and check the size before any pixel is decoded."""
    try:
        check_structure(data)
        _check_pixels(decoded_pixels(data), most_pixels * LARGEST_HEIC)
        _check_pixels(webp.declared_pixels(data), most_pixels * ROOM / WEBP_COPIES)
        image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
        _check_shape(image)
        colors.note_colors(image)
        fitting = most_pixels * min(1, ROOM / _copies(image))
        if image.width * image.height > fitting:
            image = _halved(image, data, most_pixels, fitting)
        image.load()
    except StructureError as error:
        raise UploadError(
            "The file is built in a way that no camera or program does. Save a copy of the "
            "picture and upload that.",
            "work",
        ) from error
    except UnidentifiedImageError as error:
        raise UploadError(
            "This is not a picture that can be read, or it is damaged. Upload a JPEG, PNG, WebP "
            "or HEIC file.",
            "format",
        ) from error
    # Again: a HEIC file's picture may be larger than its header says.
    _check_shape(image)
    _check_pixels(image.width * image.height, most_pixels)
    return image


def _copies(image: Image.Image) -> float:
    """How often the picture is in memory, at most, while it is decoded and converted."""
    if image.format == "HEIF":
        return 2  # as libheif and as Pillow have it
    if image.mode.startswith("I"):
        return 3
    is_converted = (
        image.mode not in ("RGB", "L", "P")
        or image.has_transparency_data
        or colors.need_conversion(image)
        # Without this, Pillow would decode a PNG to look for the orientation.
        or ("exif" in image.info and _orientation(image) in TRANSPOSES)
    )
    # A progressive JPEG's coefficients, of 2 bytes, are all held until the last scan.
    return 1 + is_converted + 1.5 * ("progressive" in image.info)


def _halved(image: Image.Image, data: bytes, most_pixels: int, fitting: float) -> Image.Image:
    """A JPEG or HEIC picture that is too large, but not by far, at half its width and height.

    That takes a quarter of the memory, but for a progressive JPEG's coefficients.

    Raises:
        UploadError: it is far too large, or another kind of file.
    """
    pixels = image.width * image.height
    if isinstance(image, JpegImageFile):
        _check_pixels(pixels, most_pixels * (1 if "progressive" in image.info else LARGEST_JPEG))
        image.draft(None, (image.width // 2, image.height // 2))
        return image
    _check_pixels(pixels, most_pixels if image.format == "HEIF" else fitting)
    return _halved_heic(data)


def _halved_heic(data: bytes) -> Image.Image:
    """The picture in a HEIC file, each pixel the mean of four; an odd last row or column goes."""
    heic = open_heif(BytesIO(data))
    rows = np.asarray(heic)
    high, wide = (2 * (side // 2) for side in rows.shape[:2])
    half = np.empty((high // 2, wide // 2, rows.shape[2]), np.uint8)
    for top in range(0, high, HEIC_BAND):  # a band after the other, for the sums take more memory
        band = rows[top : min(top + HEIC_BAND, high), :wide].astype(np.uint16)
        pairs = band[:, ::2] + band[:, 1::2]
        half[top // 2 : top // 2 + len(band) // 2] = (pairs[::2] + pairs[1::2] + 2) >> 2
    image = Image.fromarray(half)
    image.info = dict(heic.info)
    return image


def _check_shape(image: Image.Image) -> None:
    short, long = sorted(image.size)
    if short < MIN_SIDE:
        raise UploadError(
            f"The picture is only {image.width} x {image.height} pixels. Each side needs at "
            f"least {MIN_SIDE}: upload a larger copy.",
            "small",
        )
    if long > MAX_RATIO * short:
        raise UploadError(
            f"The picture is too long and narrow ({image.width} x {image.height} pixels). Cut "
            "out the part with the face.",
            "narrow",
        )


def _check_pixels(pixels: int, most: float) -> None:
    if pixels > most:
        raise UploadError(
            f"The picture has more than {most / 1_000_000:.3g} million pixels. Make it smaller "
            "and try again.",
            "pixels",
        )


def _upright(image: Image.Image) -> Image.Image:
    """Apply the orientation in the EXIF data."""
    transpose = TRANSPOSES.get(_orientation(image))
    return image if transpose is None else image.transpose(transpose)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; 1, upright, if there is none, or if libheif has already applied it."""
    if image.format == "HEIF":
        return 1
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DECODER_ERRORS as error:
        logger.info("unreadable EXIF, taken as upright: %r", error)
        return 1


def _subsampling(image: Image.Image) -> str:
    """How a JPEG's colors are to be stored: a quarter of them, if no more came in."""
    return "4:2:0" if get_sampling(image) == QUARTER else "4:4:4"


def _encode(picture: Image.Image, subsampling: str) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=95, subsampling=subsampling)
    return file.getvalue()
