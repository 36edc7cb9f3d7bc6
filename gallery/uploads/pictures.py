"""The one gate for uploads: whether bytes are a picture, and the clean JPEG made from it."""

import hashlib
import logging
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile, get_sampling
from pillow_heif import register_heif_opener

from gallery.uploads.heif import decoded_pixels
from gallery.uploads.structure import StructureError, check_structure
from ml.preprocessing import DECODER_ERRORS, flattened

logger = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # by content; a multi-picture JPEG (MPO) is a JPEG
MIN_SIDE = 32  # pixels: no face in a smaller picture can be judged
LARGEST_HEIC = 2.2  # times the limit in pixels, with the alpha plane and the tiles' edges
LARGEST_JPEG = 2.2  # times the limit in pixels: a camera of 108 megapixels
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

# Pillow would warn of pictures that are accepted here.
Image.MAX_IMAGE_PIXELS = int(settings.MAX_UPLOAD_PIXELS * LARGEST_JPEG)
# Only the main picture of a HEIC file is needed, not what comes with it.
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


class UploadError(ValueError):
    """The upload is refused; the message tells people why, and what to do.

    `kind` is the reason in a word, for the figures.
    """

    def __init__(self, message: str, kind: str = "damaged") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class CleanImage:
    """An accepted picture: upright, in sRGB, as a JPEG file without metadata."""

    width: int
    height: int
    content: bytes


def clean_image(upload: File[bytes]) -> CleanImage:
    """Decode an upload and encode it again; UploadError if it is not an acceptable picture."""
    data = _read(upload)
    try:
        decoded = _decode(data)
        picture = _in_srgb(_upright(decoded))
        content = _encode(picture, _subsampling(decoded))
    except UploadError:
        raise
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


def upload_sha256(upload: File[bytes]) -> str:
    """The SHA-256 of the uploaded bytes, in hexadecimal: two uploads with the same are the same."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def too_large(advice: str = "Make it smaller and try again.") -> str:
    """What people are told about a file of more than MAX_UPLOAD_BYTES."""
    limit = filesizeformat(settings.MAX_UPLOAD_BYTES).replace("\N{NO-BREAK SPACE}", " ")
    return f"The file is larger than {limit}. {advice}"


def clean_name(name: str) -> str:
    """A file's name for display: no path, no control characters, at most 255, never empty."""
    name = PurePosixPath(name.replace("\\", "/")).name
    name = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", name))
    return " ".join(name.split())[:255].strip(". ") or "photo"


def _read(upload: File[bytes]) -> bytes:
    upload.seek(0)
    data: bytes = upload.read(settings.MAX_UPLOAD_BYTES + 1)
    if not data:
        raise UploadError("The file is empty. Choose another one.", "empty")
    if len(data) > settings.MAX_UPLOAD_BYTES:
        raise UploadError(too_large(), "bytes")
    return data


def _decode(data: bytes) -> Image.Image:
    """Open by content, and check the size before any pixel is decoded."""
    try:
        check_structure(data)
        if decoded_pixels(data) > settings.MAX_UPLOAD_PIXELS * LARGEST_HEIC:
            raise UploadError(_too_many_pixels(), "pixels")
        image = Image.open(BytesIO(data), formats=FORMATS)
        _halve(image)
        _check_size(image)
        image.load()
    except StructureError as error:
        raise UploadError(
            "The file is built in a way that no camera or program does. Save a copy of the "
            "picture and upload that."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadError(_too_many_pixels(), "pixels") from error
    except UnidentifiedImageError as error:
        raise UploadError(
            "This is not a picture that can be read, or it is damaged. Upload a JPEG, PNG, WebP "
            "or HEIC file.",
            "format",
        ) from error
    _check_size(image)  # again: a HEIC file's picture may be larger than its header says
    return image


def _halve(image: Image.Image) -> None:
    """Have a JPEG that is too large, but not by far, decoded at half its width and height.

    That takes the memory of a quarter, unless it is progressive: then all of it is held at once.
    """
    if not isinstance(image, JpegImageFile) or image.info.get("progressive"):
        return
    limit = settings.MAX_UPLOAD_PIXELS
    if limit < image.width * image.height <= limit * LARGEST_JPEG:
        image.draft(None, (image.width // 2, image.height // 2))


def _check_size(image: Image.Image) -> None:
    short, long = sorted(image.size)
    if short * long > settings.MAX_UPLOAD_PIXELS:
        raise UploadError(_too_many_pixels(), "pixels")
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


def _too_many_pixels() -> str:
    limit = settings.MAX_UPLOAD_PIXELS / 1_000_000
    return f"The picture has more than {limit:g} million pixels. Make it smaller and try again."


def _upright(image: Image.Image) -> Image.Image:
    """Apply the orientation in the EXIF data; for HEIC, libheif has already done so."""
    if image.format == "HEIF":
        return image
    try:
        transpose = TRANSPOSES.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DECODER_ERRORS as error:
        logger.info("unreadable EXIF, taken as upright: %r", error)
        return image
    return image if transpose is None else image.transpose(transpose)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Flatten on white, convert to 8-bit sRGB, and drop all metadata."""
    profile = image.info.get("icc_profile")
    image = _opaque(image)
    if profile:
        image = _by_profile(image, profile)
    picture = _converted(image, "RGB")
    picture.info = {}
    return picture


def _opaque(image: Image.Image) -> Image.Image:
    image = flattened(image)
    return image if image.mode in ("L", "CMYK", "LAB") else _converted(image, "RGB")


def _converted(image: Image.Image, mode: str) -> Image.Image:
    """Like convert(), without copying a picture that has the mode already."""
    return image if image.mode == mode else image.convert(mode)


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert from the embedded color profile; one that is broken or does not fit is ignored."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        # It returns None only if asked to change the image in place.
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError) as error:
        logger.info("color profile ignored: %r", error)
        return image


def _subsampling(image: Image.Image) -> str:
    """How a JPEG's colors are to be stored: a quarter of them, if no more came in."""
    return "4:2:0" if get_sampling(image) == QUARTER else "4:4:4"


def _encode(picture: Image.Image, subsampling: str) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=95, subsampling=subsampling)
    return file.getvalue()
