"""To sRGB, which pages show and the network was trained on, from what a file says of its colors.

A file says it by an ICC profile, by code points of ITU-T H.273 (HEIC's nclx, PNG's cICP, or a tag
of a profile), by PNG's gAMA and cHRM, or by EXIF's R03, which means Adobe RGB. What is not ICC
becomes a curve for each channel and, where the primaries differ, a small cube of colors.
"""

import logging
import re
import struct
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageFilter
from PIL.PngImagePlugin import PngImageFile

from ml.color_codes import (
    ADOBE_RGB,
    BT709,
    CURVES,
    D65,
    HDR,
    PRIMARIES,
    Curve,
    Primaries,
    power,
    srgb,
    srgb_codes,
)
from ml.preprocessing import DECODER_ERRORS, flattened

logger = logging.getLogger(__name__)

CUBE = 33  # colors a side
MAX_EXIF = 1_000_000  # bytes: Pillow takes a second for five times as many
MAX_CHUNKS = 100  # of a PNG in which cICP is looked for: it stands before the pixels
TAGS = 132  # where a profile's table of tags begins, after their number
PROGRAMS = re.compile(rb"D2B(?=[0-3])")
PROFILE_CODES = re.compile(rb"cicp\0{4}(.{4})", re.DOTALL)  # the tag of an ICC profile
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


class UnknownColors(ValueError):
    """The file says that its colors are of a kind that is not known here; the message names it."""

    def __init__(self, primaries: int, curve: int) -> None:
        super().__init__(primaries, curve)
        self.primaries, self.curve = primaries, curve

    def __str__(self) -> str:
        return f"primaries {self.primaries}, curve {self.curve} of ITU-T H.273"


@dataclass(frozen=True)
class Coding:
    """How a picture's colors are written, said otherwise than by a profile."""

    curve: Curve = srgb
    primaries: Primaries = BT709
    is_narrow: bool = False  # black is 16 and white 235, as in video


def note_colors(image: Image.Image) -> None:
    """Put into `image.info` what `in_srgb` needs and Pillow leaves out, before it loads pixels."""
    if isinstance(image, PngImageFile) and image.fp:
        image.info["cicp"] = _png_codes(image.fp)
    forget_long_exif(image)
    if "exif" not in image.info:  # Pillow would load the pixels to look for it
        return
    try:
        interop = image.getexif().get_ifd(ExifTags.IFD.Interop)
        image.info["is_adobe_rgb"] = interop.get(ExifTags.Interop.InteropIndex) == "R03"
    except DECODER_ERRORS as error:
        logger.info("unreadable EXIF: %r", error)


def forget_long_exif(image: Image.Image) -> None:
    """EXIF data of megabytes is not worth the time. A PNG can have it as text, too."""
    for name in ("exif", "Raw profile type exif"):
        if len(image.info.get(name) or "") > MAX_EXIF:
            del image.info[name]


def need_conversion(image: Image.Image) -> bool:
    """Whether `in_srgb` makes another picture, because the colors are not in sRGB.

    Raises:
        UnknownColors: they are of a kind that cannot be converted.
    """
    return _coding(image) != Coding()


def in_srgb(image: Image.Image, most_slow: int | None = None) -> Image.Image:
    """The picture on white, in RGB of 8 bits and in sRGB, without metadata.

    What takes a table takes 50 to 100 ns a pixel: of a picture with more pixels than `most_slow`,
    every second row and column is merged into the one before.

    Raises:
        UnknownColors: it says that its colors are of a kind that cannot be converted.
    """
    coding = _coding(image)
    profile = None if coding else _open_profile(image.info["icc_profile"])
    image = flattened(image)
    if not profile or image.mode not in ("L", "CMYK", "LAB"):
        image = _in_rgb(image)
    if most_slow and image.width * image.height > most_slow and _is_slow(coding, profile):
        image = image.reduce(2)
    if coding:
        image = _by_coding(image, coding)
    elif profile:
        image = _by_profile(image, profile)
    image = _in_rgb(image)
    image.info = {}
    return image


# --- What a file says


def _coding(image: Image.Image) -> Coding | None:
    """None if its profile decides. Codes of PQ or HLG outrank one, which cannot say these."""
    info = image.info
    profile, nclx = info.get("icc_profile"), info.get("nclx_profile")
    if codes := info.get("cicp"):
        return _by_codes(codes[0], codes[1], is_narrow=codes[3] == 0)
    if profile and (tag := PROFILE_CODES.search(profile)) and tag[1][1] in HDR:
        return _by_codes(tag[1][0], tag[1][1])
    if nclx and (not profile or nclx["transfer_characteristics"] in HDR):
        return _by_codes(nclx["color_primaries"], nclx["transfer_characteristics"])
    if profile:
        return None
    if info.get("is_adobe_rgb"):
        return Coding(power(563 / 256), ADOBE_RGB)
    return Coding() if "srgb" in info else _by_numbers(info)


def _by_codes(primaries: int, curve: int, is_narrow: bool = False) -> Coding:
    try:
        return Coding(CURVES[curve], PRIMARIES[primaries], is_narrow)
    except KeyError:
        raise UnknownColors(primaries, curve) from None


def _by_numbers(info: dict[Any, Any]) -> Coding:
    """From PNG's gAMA and cHRM; what is close to sRGB means it, and what is absurd says nothing."""
    gamma, points = info.get("gamma", 1 / 2.2), info.get("chromaticity", ())
    curve: Curve = srgb
    if 0.1 < gamma < 10 and abs(gamma * 2.2 - 1) > 0.05:
        curve = power(1 / gamma)
    primaries: Primaries = (*points[2:], *points[:2])  # PNG has white first
    if not points or np.allclose(primaries, BT709, atol=0.005) or not _is_possible(primaries):
        primaries = BT709
    return Coding(curve, primaries)


def _is_possible(primaries: Primaries) -> bool:
    """Whether the primaries span a triangle with white in it."""
    if min(primaries[1::2]) <= 0 or max(primaries) > 1:
        return False
    *colors, white = (np.array([x, y, 1 - x - y]) for x, y in _pairs(primaries))
    matrix = np.array(colors).T
    if abs(np.linalg.det(matrix)) < 0.01:
        return False
    return bool((np.linalg.solve(matrix, white) > 0).all())


def _png_codes(file: IO[bytes]) -> bytes | None:
    """What a PNG's cICP chunk holds, if it has one."""
    place = file.tell()
    try:
        file.seek(8)
        for _ in range(MAX_CHUNKS):
            length, kind = struct.unpack(">I4s", file.read(8))
            if kind == b"cICP" and length == 4:
                return file.read(4)
            if kind == b"IDAT":
                break
            file.seek(length + 4, 1)
    except struct.error:  # the file ends early
        pass
    finally:
        file.seek(place)
    return None


# --- Converting


def _open_profile(profile: bytes) -> ImageCms.ImageCmsProfile | None:
    try:
        return ImageCms.ImageCmsProfile(BytesIO(_without_programs(profile)))
    except (OSError, TypeError, ValueError) as error:
        logger.info("color profile ignored: %r", error)
        return None


def _without_programs(profile: bytes) -> bytes:
    """Rename the tags D2Bx: the same conversion stands in A2Bx, which takes few steps.

    A program may have thousands of steps: in a profile of 1 kB they take seconds.
    """
    end = TAGS + 12 * int.from_bytes(profile[TAGS - 4 : TAGS])
    return PROGRAMS.sub(b"d2b", profile[:end]) + profile[end:]


def _is_slow(coding: Coding | None, profile: ImageCms.ImageCmsProfile | None) -> bool:
    if coding:
        return coding.primaries != BT709
    return profile is not None and not profile.profile.is_matrix_shaper


def _by_profile(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    """Convert from the embedded color profile; one that does not fit is ignored."""
    try:
        target = ImageCms.createProfile("sRGB")
        # It returns None only if asked to change the image in place.
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError) as error:
        logger.info("color profile ignored: %r", error)
        return image


def _in_rgb(image: Image.Image) -> Image.Image:
    """Like convert(), without copying a picture that has the mode already."""
    return image if image.mode == "RGB" else image.convert("RGB")


def _by_coding(image: Image.Image, coding: Coding) -> Image.Image:
    """First each channel's curve, then the primaries, both with sRGB's curve in the result."""
    if coding.curve is not srgb or coding.is_narrow:
        codes = np.arange(256.0)
        codes = (codes - 16) / 219 if coding.is_narrow else codes / 255
        light = np.clip(coding.curve(np.clip(codes, 0, 1)), 0, 1)
        table = np.rint(255 * srgb_codes(light)).astype(int).tolist()
        image = image.point(3 * table)
    if coding.primaries != BT709:
        image = image.filter(_cube(coding.primaries))
    return image


def _cube(primaries: Primaries) -> ImageFilter.Color3DLUT:
    steps = np.linspace(0, 1, CUBE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red changes fastest
    light = srgb(np.stack([red, green, blue], axis=-1).reshape(-1, 3))
    light = light @ (np.linalg.inv(_to_xyz(BT709)) @ _to_xyz(primaries)).T
    codes = srgb_codes(np.clip(light, 0, 1))
    return ImageFilter.Color3DLUT(CUBE, codes.ravel().tolist())


def _to_xyz(primaries: Primaries) -> np.ndarray:
    """The matrix from light of these primaries to CIE XYZ, with their white turned into D65."""
    *colors, white = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in _pairs(primaries))
    matrix = np.array(colors).T
    d65 = np.array([D65[0] / D65[1], 1, (1 - sum(D65)) / D65[1]])
    adapted = np.diag((BRADFORD @ d65) / (BRADFORD @ white))
    to_d65 = np.linalg.inv(BRADFORD) @ adapted @ BRADFORD
    result: np.ndarray = to_d65 @ matrix * np.linalg.solve(matrix, white)
    return result


def _pairs(primaries: Primaries) -> list[tuple[float, float]]:
    return list(zip(primaries[::2], primaries[1::2], strict=True))
