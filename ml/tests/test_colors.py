"""Colors: whatever a file says of them, the same color comes out as the same sRGB."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageStat

from ml import colors
from ml.color_codes import ADOBE_RGB, BT709, CURVES, PRIMARIES, hlg, pq, srgb, srgb_codes
from ml.colors import UnknownColors, in_srgb, note_colors
from ml.prediction import Unreadable, open_picture

SKIN = (198, 134, 110)  # in sRGB
BT2020, P3 = 9, 12
SRGB, LINEAR, PQ, HLG = 13, 8, 16, 18

pillow_heif.register_heif_opener()


def light_in(primaries: tuple[float, ...], color=SKIN) -> np.ndarray:
    """The light that the color is made of in other primaries of the same white."""

    def to_xyz(points):
        columns = [
            [x / y, 1, (1 - x - y) / y] for x, y in zip(points[::2], points[1::2], strict=True)
        ]
        *rgb, white = np.array(columns)
        return np.array(rgb).T * np.linalg.solve(np.array(rgb).T, white)

    light = to_xyz(BT709) @ srgb(np.array(color) / 255)
    return np.linalg.solve(to_xyz(primaries), light)


def pq_codes(light: np.ndarray) -> np.ndarray:
    """PQ's codes of light in units of 203 cd/m2 (SMPTE ST 2084)."""
    root = (203 * light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375


def hlg_codes(light: np.ndarray) -> np.ndarray:
    """HLG's codes of light in units of 203 cd/m2, on a display of 1000 cd/m2 (ITU-R BT.2100)."""
    scene = (0.203 * light) ** (1 / 1.2)
    low, high = np.sqrt(3 * scene), 0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073
    return np.where(scene <= 1 / 12, low, high)


CODES = {SRGB: srgb_codes, LINEAR: lambda light: light, PQ: pq_codes, HLG: hlg_codes}


def plain(codes: np.ndarray, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (32, 32), tuple(np.rint(255 * codes).astype(int).tolist()))


def heic(primaries: int, curve: int, color=SKIN) -> bytes:
    """A HEIC of 10 bits that says by nclx what its codes mean."""
    codes = CODES[curve](light_in(PRIMARIES[primaries], color))
    pixels = np.tile((codes * 65_535).astype(np.uint16), (64, 64, 1))
    file = BytesIO()
    made = pillow_heif.from_bytes("RGB;16", (64, 64), pixels.tobytes())
    made.save(
        file,
        quality=-1,
        color_primaries=primaries,
        transfer_characteristics=curve,
        matrix_coefficients=9 if primaries == BT2020 else 1,
        full_range_flag=1,
    )
    return file.getvalue()


def png(image: Image.Image, *chunks: tuple[bytes, bytes], **options) -> bytes:
    """A PNG with chunks of one's own behind its head."""
    file = BytesIO()
    image.save(file, "PNG", **options)
    extra = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return file.getvalue()[:33] + extra + file.getvalue()[33:]


def gamma_chunk(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(100_000 * gamma))


def points_chunk(primaries: tuple[float, ...]) -> tuple[bytes, bytes]:
    points = [*primaries[6:], *primaries[:6]]
    return b"cHRM", struct.pack(">8I", *(round(100_000 * point) for point in points))


def color_of(data: bytes) -> tuple[float, ...]:
    return tuple(ImageStat.Stat(open_picture(BytesIO(data))).mean)


@pytest.mark.parametrize("primaries, curve", [(1, SRGB), (P3, SRGB), (BT2020, PQ), (BT2020, HLG)])
def test_a_heic_that_says_its_colors_by_code_looks_like_one_in_srgb(primaries, curve):
    assert color_of(heic(primaries, curve)) == pytest.approx(SKIN, abs=4)


@pytest.mark.parametrize("curve", [SRGB, LINEAR, PQ, HLG])
@pytest.mark.parametrize("primaries", [1, P3, BT2020])
def test_a_png_that_says_its_colors_by_code_looks_like_one_in_srgb(primaries, curve):
    codes = CODES[curve](light_in(PRIMARIES[primaries]))
    data = png(plain(codes), (b"cICP", bytes([primaries, curve, 0, 1])))

    assert color_of(data) == pytest.approx(SKIN, abs=4)


def test_a_narrow_range_is_widened():
    codes = (16 + 219 * np.array(SKIN) / 255) / 255

    data = png(plain(codes), (b"cICP", bytes([1, SRGB, 0, 0])))

    assert color_of(data) == pytest.approx(SKIN, abs=2)


def test_codes_outrank_a_profile_and_a_profile_outranks_gamma():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    skin = plain(np.array(SKIN) / 255)

    linear = png(plain(light_in(BT709)), (b"cICP", bytes([1, LINEAR, 0, 1])), icc_profile=profile)
    profiled = png(skin, gamma_chunk(1.0), icc_profile=profile)

    assert color_of(linear) == pytest.approx(SKIN, abs=3)
    assert color_of(profiled) == pytest.approx(SKIN, abs=1)


def test_a_profile_that_says_pq_by_code_is_tone_mapped():
    codes = pq_codes(light_in(PRIMARIES[BT2020]))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged = profile + b"cicp\0\0\0\0" + bytes([BT2020, PQ, 0, 1])

    assert color_of(png(plain(codes), icc_profile=tagged)) == pytest.approx(SKIN, abs=4)


@pytest.mark.parametrize("gamma", [1.0, 1 / 1.8])
@pytest.mark.parametrize("primaries", [BT709, ADOBE_RGB])
def test_gamma_and_primaries_of_a_png_are_heeded(gamma, primaries):
    codes = light_in(primaries) ** gamma
    chunks = [gamma_chunk(gamma)]
    if primaries != BT709:
        chunks.append(points_chunk(primaries))

    assert color_of(png(plain(codes), *chunks)) == pytest.approx(SKIN, abs=3)


def test_a_gray_png_has_a_gamma_too():
    data = png(Image.new("L", (32, 32), 55), gamma_chunk(1.0))

    assert color_of(data) == pytest.approx(3 * (128,), abs=2)


@pytest.mark.parametrize(
    "chunks",
    [
        [gamma_chunk(0.45455), points_chunk(BT709)],
        [gamma_chunk(0)],
        [gamma_chunk(1000)],
        [points_chunk((0.3, 0.3) * 4)],
        [points_chunk((0,) * 8)],
        [points_chunk((0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.9, 0.05))],
        [(b"sRGB", b"\0"), gamma_chunk(1.0)],
        [(b"cICP", b"\1\15\0")],
    ],
)
def test_what_means_srgb_or_is_absurd_changes_nothing(chunks):
    skin = plain(np.array(SKIN) / 255)

    assert color_of(png(skin, *chunks)) == SKIN


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_adobe_rgb_is_recognized_by_its_exif(format):
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0xA001: 0xFFFF, 0xA005: {1: "R03"}})
    file = BytesIO()
    codes = light_in(ADOBE_RGB) ** (256 / 563)

    plain(codes).save(file, format, exif=exif.tobytes(), quality=100)

    assert color_of(file.getvalue()) == pytest.approx(SKIN, abs=4)


@pytest.mark.parametrize("codes", [(1, 17), (1, 9), (10, 13), (3, 13)])
def test_unknown_codes_are_refused_with_their_names(codes):
    data = png(plain(np.zeros(3)), (b"cICP", bytes([*codes, 0, 1])))

    with pytest.raises(Unreadable, match=f"primaries {codes[0]}, curve {codes[1]}"):
        open_picture(BytesIO(data))


@pytest.mark.parametrize("curve", [pq, hlg])
def test_tone_mapping_rises_from_black_to_white_and_keeps_half_of_white(curve):
    light = curve(np.linspace(0, 1, 1000))
    codes = pq_codes if curve is pq else hlg_codes

    assert light[0] == 0 and light[-1] == pytest.approx(1)
    assert (np.diff(light) >= 0).all()
    assert curve(codes(np.array([0.1, 0.2, 0.45]))) == pytest.approx([0.1, 0.2, 0.45], rel=0.001)


def test_every_curve_maps_codes_to_light_within_black_and_white():
    for curve in CURVES.values():
        light = curve(np.linspace(0, 1, 256))
        assert light.min() >= 0 and light.max() <= 1.0001


def test_a_large_picture_that_takes_a_table_is_halved_and_another_is_not():
    wide, usual = (
        Image.open(BytesIO(png(plain(np.ones(3)), (b"cICP", bytes([primaries, SRGB, 0, 1])))))
        for primaries in (BT2020, 1)
    )
    for image in (wide, usual):
        note_colors(image)

    assert in_srgb(wide, most_slow=1023).size == (16, 16)
    assert in_srgb(wide, most_slow=1024).size == in_srgb(usual, most_slow=1).size == (32, 32)


def test_a_profile_made_of_a_table_is_slow():
    image = plain(np.array([1, 0, 0]))
    image.info["icc_profile"] = table_profile()

    halved = in_srgb(image, most_slow=100)

    assert halved.size == (16, 16)
    assert halved.getpixel((0, 0)) == pytest.approx((255, 255, 255), abs=2)  # as the table says


def table_profile() -> bytes:
    """An ICC profile (ICC.1:2001-04) whose table makes red white and all else black."""
    corners = bytes(
        value for red in (0, 255) for _ in range(4) for value in (red, 128, 128)
    )  # L, a and b of the eight corners
    ramp = bytes(range(256)) * 3
    unit = struct.pack(">9i", *(65536 * (number in (0, 4, 8)) for number in range(9)))
    table = b"mft1" + bytes(4) + bytes([3, 3, 2, 0]) + unit + ramp + corners + ramp
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    start = 128 + 4 + 2 * 12
    tags = struct.pack(">I", 2)
    tags += struct.pack(">4sII", b"A2B0", start, len(table))
    tags += struct.pack(">4sII", b"wtpt", start + len(table), len(white))
    size = start + len(table) + len(white)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", b"RGB ", b"Lab ")
    head += bytes(12) + b"acsp" + bytes(88)
    return head[:128].ljust(128, b"\0") + tags + table + white


def test_what_a_png_says_before_its_pixels_is_found_and_its_end_is_not_missed():
    chunks = (b"tEXt", b"a\0b"), (b"cICP", b"\1\15\0\1")
    image = Image.open(BytesIO(png(plain(np.zeros(3)), *chunks)))
    note_colors(image)

    assert image.info["cicp"] == b"\1\15\0\1"
    assert colors._png_codes(BytesIO(b"\x89PNG\r\n\x1a\n\0\0")) is None


def test_unknown_colors_are_an_error_of_their_own():
    image = plain(np.zeros(3))
    image.info["cicp"] = bytes([1, 17, 0, 1])

    with pytest.raises(UnknownColors):
        in_srgb(image)
