"""How much memory a picture takes while it is decoded and converted, told before that is done."""

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from ml import colors

COPY = 4  # bytes a pixel, as Pillow holds it
HEIC_BYTES = 8.5  # a pixel: libheif's planes and its colors, then Pillow's copy
AVIF_BYTES = 18  # dav1d's planes, of 16 bits in deep colors, libavif's colors, and two copies
TIFF_BYTES = 12  # a strip of the whole picture, the picture, and once more if it is turned
COEFFICIENT = 2  # bytes
SCAN = b"\xff\xda"


def bytes_a_pixel(image: Image.Image, data: bytes, is_turned: bool) -> float:
    """The most that are in use at once for each pixel; `data` is the file."""
    if image.format == "HEIF":
        return HEIC_BYTES
    if image.format == "AVIF":
        return AVIF_BYTES
    if image.format == "TIFF":
        return max(TIFF_BYTES, COPY * _copies(image, is_turned))
    return COPY * _copies(image, is_turned) + coefficients(image, data)


def _copies(image: Image.Image, is_turned: bool) -> int:
    """How often the picture is in memory, at most."""
    if image.mode.startswith("I"):
        return 3
    if image.has_transparency_data:
        return 2 if image.mode == "RGBA" else 3  # it becomes RGBA before it is laid on white
    is_converted = image.mode not in ("RGB", "L", "P") or colors.need_conversion(image)
    return 1 + (is_converted or is_turned or _is_deep(image))


def _is_deep(image: Image.Image) -> bool:
    """Whether a PNG has 16 bits per color: they are cut down as they come, but take the time."""
    return isinstance(image, PngImageFile) and any("16" in str(tile.args) for tile in image.tile)


def coefficients(image: Image.Image, data: bytes) -> float:
    """Bytes for each pixel of a JPEG of several scans: its coefficients are held until the last."""
    if not isinstance(image, JpegImageFile) or not _has_scans(image, data):
        return 0
    factors = [(across, down) for _, across, down, _ in image.layer]
    most = max(across for across, _ in factors) * max(down for _, down in factors)
    return COEFFICIENT * sum(across * down for across, down in factors) / max(most, 1)


def _has_scans(image: JpegImageFile, data: bytes) -> bool:
    """Whether the first scan, which Pillow has read the head of, leaves something to others."""
    start = data.rfind(SCAN, 0, image.fp.tell() if image.fp else 0)
    return "progressive" in image.info or data[start + 4 : start + 5] != bytes([image.layers])
