"""Whether bytes are a picture, and the clean JPEG made from it.

`gallery.uploads.decoder` runs this in a process of its own.
"""

import logging
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import AvifImagePlugin, ExifTags, Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile, get_sampling
from pillow_heif import open_heif, register_heif_opener

from gallery.uploads import gif, tiff, webp
from gallery.uploads.avif import Film, Picture, read_avif
from gallery.uploads.heif import decoded_pixels
from gallery.uploads.memory import AVIF_BYTES, TIFF_BYTES, bytes_a_pixel, coefficients
from gallery.uploads.structure import StructureError, check_structure
from gallery.uploads.taken import Taken, read_taken
from gallery.uploads.words import gettext_noop
from ml import colors
from ml.likeness import Likeness, likeness_of
from ml.preprocessing import DECODER_ERRORS

logger = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "TIFF", "GIF")  # by content; a JPEG of many (MPO), too
MIN_SIDE = 32  # pixels: no face in a smaller picture can be judged
# In a HEIC file, with the alpha plane, 2.5 times as many bytes a pixel, and the edges of tiles.
LARGEST_HEIC = 1.5  # times the limit in pixels
LARGEST_JPEG = 2.2  # times the limit in pixels: a camera of 108 megapixels
ROOM = 5.2  # bytes of memory for each pixel of the limit, which a picture may take
# Noise takes more bytes written anew: 18 MB become 53, which the web process would have to hold.
LARGEST_RESULT, RESULT_BYTES = 36_000_000, 0.7  # bytes, or for each pixel of a higher limit
HEIC_BAND = 256  # rows
WEBP_BYTES = 16  # a pixel: two canvases, their bytes, and Pillow's picture
SLOW = 0.4  # of the most pixels: of more, a table converts the colors in over two seconds
SAMPLE = 64  # pixels a side: all of a large picture would take 40 ms
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
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread would hold its own pictures
# Only the main picture of a HEIC file is needed, not what comes with it.
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


class UploadError(ValueError):
    """The upload is refused; the message tells people why, and what to do.

    `kind` is the reason in a word, for the figures, `values` what the message is filled in with:
    the process that decodes knows no language but English (see `gallery.uploads.gate`).
    """

    status_code = 400  # of an HTTP answer

    def __init__(self, message: str, kind: str = "damaged", **values: object) -> None:
        super().__init__(message)
        self.message, self.kind, self.values = message, kind, values

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


@dataclass(frozen=True)
class CleanImage:
    """An accepted picture: upright, in sRGB, as a JPEG file without metadata.

    `taken` is the one fact that is read from the metadata. `color` is the mean color, 0xRRGGBB,
    `likeness` what similar pictures share most bits of.
    """

    width: int
    height: int
    content: bytes
    taken: Taken
    color: int
    likeness: Likeness


def clean(data: bytes, most_pixels: int) -> CleanImage:
    """Decode a picture and encode it again; UploadError if it is not an acceptable one."""
    try:
        picture, subsampling, taken = _convert(_decode(data, most_pixels), most_pixels)
        content = _encode(picture, subsampling)
        if len(content) > max(LARGEST_RESULT, most_pixels * RESULT_BYTES):
            content = b""
            picture = picture.reduce(2)
            content = _encode(picture, subsampling)
    except UploadError:
        raise
    except colors.UnknownColors as error:
        raise UploadError(
            gettext_noop(
                "The picture's colors are of a kind that cannot be read (primaries %(primaries)s, "
                "curve %(curve)s of ITU-T H.273). Save a copy in sRGB and upload that."
            ),
            "colors",
            primaries=error.primaries,
            curve=error.curve,
        ) from error
    except MemoryError as error:
        raise UploadError(
            gettext_noop("The picture is too large to be opened. Make it smaller and try again."),
            "pixels",
        ) from error
    except DECODER_ERRORS as error:
        logger.info("damaged upload: %r", error)
        raise UploadError(
            gettext_noop(
                "The picture is damaged or incomplete. Open it on your device, save a copy and "
                "upload that."
            )
        ) from error
    return CleanImage(
        width=picture.width,
        height=picture.height,
        content=content,
        taken=taken,
        color=_mean_color(picture),
        likeness=likeness_of(picture),
    )


def _decode(data: bytes, most_pixels: int) -> Image.Image:
    """Open by content, and check the size before any pixel is decoded."""
    try:
        avif = _check(data, most_pixels)
        formats = ("AVIF",) if avif else FORMATS
        image: Image.Image = Image.open(BytesIO(data), formats=formats)
        _check_shape(image)
        colors.note_colors(image)
        if avif and avif.colors:
            codes = zip(("color_primaries", "transfer_characteristics"), avif.colors, strict=True)
            image.info["nclx_profile"] = dict(codes)
        fitting = most_pixels * min(1, ROOM / bytes_a_pixel(image, data, _is_turned(image)))
        if image.width * image.height > fitting:
            image = _halved(image, data, most_pixels, fitting)
        image.load()
    except StructureError as error:
        raise UploadError(
            gettext_noop(
                "The file is built in a way that no camera or program does. Save a copy of the "
                "picture and upload that."
            ),
            "work",
        ) from error
    except tiff.OtherKind as error:
        raise UploadError(
            gettext_noop(
                "This kind of TIFF is not accepted (%(reason)s). Save a copy with 8 bits per "
                "color, or as JPEG, and upload that."
            ),
            "format",
            reason=error.words,
        ) from error
    except Film as error:
        raise UploadError(
            gettext_noop("This is a video. Save one of its pictures and upload that."), "format"
        ) from error
    except UnidentifiedImageError as error:
        raise UploadError(
            gettext_noop(
                "This is not a picture that can be read, or it is damaged. Upload a JPEG, PNG, "
                "WebP, HEIC, AVIF, TIFF or GIF file."
            ),
            "format",
        ) from error
    # Again: a HEIC file's picture may be larger than its header says.
    _check_shape(image)
    _check_pixels(image.width * image.height, most_pixels)
    return image


def _check(data: bytes, most_pixels: int) -> Picture | None:
    """Refuse what would cost a decoder too much time or memory. Returns an AVIF file's cost."""
    check_structure(data)
    _check_pixels(webp.declared_pixels(data), most_pixels * ROOM / WEBP_BYTES)
    _check_pixels(tiff.declared_pixels(data), most_pixels * ROOM / TIFF_BYTES)
    _check_pixels(gif.declared_pixels(data), most_pixels)
    if avif := read_avif(data):
        _check_pixels(avif.pixels, most_pixels * ROOM / AVIF_BYTES)
    else:
        _check_pixels(decoded_pixels(data), most_pixels * LARGEST_HEIC)
    return avif


def _is_turned(image: Image.Image) -> bool:
    # Without this, Pillow would decode a PNG to look for the orientation.
    return "exif" in image.info and _orientation(image) in TRANSPOSES


def _halved(image: Image.Image, data: bytes, most_pixels: int, fitting: float) -> Image.Image:
    """A JPEG or HEIC picture that is too large, but not by far, at half its width and height.

    That takes a quarter of the memory, but for the coefficients of a JPEG of several scans.

    Raises:
        UploadError: it is far too large, or another kind of file.
    """
    pixels = image.width * image.height
    if isinstance(image, JpegImageFile):
        held = coefficients(image, data)
        rest = (bytes_a_pixel(image, data, _is_turned(image)) - held) / 4
        _check_pixels(pixels, most_pixels * min(LARGEST_JPEG, ROOM / (held + rest)))
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
    info = dict(heic.info)
    del rows, band, heic  # before Pillow copies
    image = Image.fromarray(half)
    image.info = info
    return image


def _check_shape(image: Image.Image) -> None:
    short, long = sorted(image.size)
    if short < MIN_SIDE:
        raise UploadError(
            gettext_noop(
                "The picture is only %(width)s x %(height)s pixels. Each side needs at least "
                "%(least)s: upload a larger copy."
            ),
            "small",
            width=image.width,
            height=image.height,
            least=MIN_SIDE,
        )
    if long > MAX_RATIO * short:
        raise UploadError(
            gettext_noop(
                "The picture is too long and narrow (%(width)s x %(height)s pixels). Cut out the "
                "part with the face."
            ),
            "narrow",
            width=image.width,
            height=image.height,
        )


def _check_pixels(pixels: int, most: float) -> None:
    if pixels > most:
        raise UploadError(
            gettext_noop(
                "The picture has more than %(most)s million pixels. Make it smaller and try again."
            ),
            "pixels",
            most=f"{most / 1_000_000:.3g}",
        )


def _upright(image: Image.Image) -> Image.Image:
    """Apply the orientation in the EXIF data."""
    transpose = TRANSPOSES.get(_orientation(image))
    return image if transpose is None else image.transpose(transpose)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; 1, upright, if there is none, or if the decoder applies it itself."""
    if image.format in ("HEIF", "TIFF"):
        return 1
    colors.forget_long_exif(image)  # a PNG's may stand behind its pixels
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DECODER_ERRORS as error:
        logger.info("unreadable EXIF, taken as upright: %r", error)
        return 1


def _subsampling(image: Image.Image) -> str:
    """How a JPEG's colors are to be stored: a quarter of them, if no more came in."""
    return "4:2:0" if get_sampling(image) == QUARTER else "4:4:4"


def _convert(decoded: Image.Image, most_pixels: int) -> tuple[Image.Image, str, Taken]:
    """What is to be stored, how a JPEG's colors are, and when it was taken.

    What was decoded is not held any longer.
    """
    taken = read_taken(decoded)
    picture = colors.in_srgb(_upright(decoded), int(most_pixels * SLOW))
    return picture, _subsampling(decoded), taken


def _mean_color(picture: Image.Image) -> int:
    """The color that stands for the picture until it is loaded: the mean of a sample of pixels."""
    sample = picture.resize((SAMPLE, SAMPLE), Image.Resampling.NEAREST)
    mean = sample.resize((1, 1), Image.Resampling.BOX)
    return int.from_bytes(mean.tobytes())


def _encode(picture: Image.Image, subsampling: str) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=95, subsampling=subsampling)
    return file.getvalue()
