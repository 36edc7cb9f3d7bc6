import hashlib
import random
import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms, ImageDraw, ImageStat, PngImagePlugin

from gallery.models import VARIANTS
from gallery.uploads import UploadError, clean_image, clean_name, file_sha256

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")

ORIENTATION = 0x0112
GPS = 0x8825
RED, BLUE, WHITE = (254, 0, 0), (0, 0, 254), (255, 255, 255)


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


def clean(data: bytes):
    return clean_image(ContentFile(data))


def picture(data: bytes, variant: str = "") -> Image.Image:
    return Image.open(BytesIO(clean(data).files[variant]))


def refusal(data: bytes) -> str:
    with pytest.raises(UploadError) as error:
        clean(data)
    return str(error.value)


def mean(image: Image.Image) -> tuple[int, ...]:
    return tuple(round(value) for value in ImageStat.Stat(image).mean)


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


# --- What is made of a good picture ----------------------------------------------------------


def test_a_picture_becomes_a_jpeg_of_each_size():
    image = clean(encode(draw((2400, 1200))))

    assert (image.width, image.height) == (2400, 1200)
    assert image.files.keys() == VARIANTS.keys()
    sizes = {name: Image.open(BytesIO(data)).size for name, data in image.files.items()}
    assert sizes == {"": (2400, 1200), "preview": (1600, 800), "thumbnail": (480, 240)}


def test_a_small_picture_is_never_enlarged():
    image = clean(encode(draw((40, 60))))

    assert {Image.open(BytesIO(data)).size for data in image.files.values()} == {(40, 60)}


def test_the_hash_is_that_of_the_uploaded_bytes():
    data = encode(draw())

    assert file_sha256(ContentFile(data)) == hashlib.sha256(data).hexdigest()


def test_the_whole_file_is_read_wherever_it_was_left():
    upload = ContentFile(encode(draw()))
    upload.read(100)

    assert clean_image(upload).width == 96


def test_what_is_stored_keeps_full_colour_resolution():
    assert picture(encode(draw())).layer[1][1:3] == (1, 1)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_each_format_of_cameras_and_phones_is_accepted(format):
    image = picture(encode(draw(), format))

    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (96, 64))
    assert corner_of_red(image) == "top left"


@pytest.mark.parametrize("format", ["MPO", "PNG", "WEBP"])
def test_the_first_of_several_pictures_counts(format):
    others = [Image.new("RGB", (96, 64), color) for color in ("green", "blue")]
    data = encode(draw(), format, save_all=True, append_images=others)

    assert corner_of_red(picture(data)) == "top left"


def test_the_content_decides_not_the_name_nor_the_type():
    upload = SimpleUploadedFile("page.html", encode(draw()), content_type="text/html")

    assert clean_image(upload).width == 96


# --- Orientation -----------------------------------------------------------------------------

UPRIGHT = {
    1: "top left",
    2: "top right",
    3: "bottom right",
    4: "bottom left",
    5: "top left",
    6: "top right",
    7: "bottom right",
    8: "bottom left",
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_orientation_is_applied_once(format, orientation):
    image = clean(encode(draw(), format, exif=exif(orientation=orientation)))

    assert (image.width, image.height) == ((96, 64) if orientation < 5 else (64, 96))
    for data in image.files.values():
        jpeg = Image.open(BytesIO(data))
        assert jpeg.size == (image.width, image.height)
        assert corner_of_red(jpeg) == UPRIGHT[orientation]


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_orientation_of_heic_is_applied_once(orientation):
    data = encode(draw(), "HEIF", exif=exif(orientation=orientation))

    assert corner_of_red(picture(data)) == UPRIGHT[orientation]


def test_an_orientation_stated_in_xmp_alone_counts():
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:D tiff:Orientation="3"/></x:xmpmeta>'

    assert corner_of_red(picture(encode(draw(), xmp=xmp))) == "bottom right"


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation):
    data = encode(draw(), exif=exif(orientation=orientation))

    assert corner_of_red(picture(data)) == "top left"


@pytest.mark.parametrize(
    "broken", [b"Exif\0\0", b"Exif\0\0II", b"Exif\0\0nonsense", exif(orientation=6)[:20]]
)
def test_broken_exif_leaves_the_picture_as_it_is(broken):
    assert corner_of_red(picture(encode(draw(), exif=broken))) == "top left"


# --- Colour ----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 127, 128, 255])
def test_sixteen_bit_gray_is_scaled_not_clipped(level):
    rows = (b"\0" + bytes([level, level]) * 64) * 64

    assert mean(picture(png(depth=16, color=0, rows=rows))) == (level,) * 3


def test_sixteen_bit_colour_is_scaled_not_clipped():
    rows = (b"\0" + bytes([200, 0, 100, 0, 50, 0]) * 64) * 64

    assert mean(picture(png(depth=16, color=2, rows=rows))) == pytest.approx((200, 100, 50), abs=2)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_transparent_picture_turns_white(mode):
    image = Image.new(mode, (64, 64))

    assert mean(picture(encode(image, "PNG"))) == WHITE


def test_half_transparent_black_turns_gray():
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 128))

    assert mean(picture(encode(image, "WEBP", lossless=True))) == (127, 127, 127)


def test_a_transparent_palette_colour_turns_white():
    image = Image.new("P", (64, 64), 3)
    image.putpalette(bytes(768))
    data = encode(image, "PNG", transparency=3)

    assert mean(picture(data)) == WHITE


@pytest.mark.parametrize("mode, format", [("1", "PNG"), ("L", "JPEG"), ("P", "PNG")])
def test_other_modes_become_rgb(mode, format):
    wanted = mean(draw(mode=mode).convert("RGB"))

    assert mean(picture(encode(draw(mode=mode), format))) == pytest.approx(wanted, abs=2)


def test_a_picture_of_four_inks_looks_like_its_rgb_twin():
    data = encode(draw(mode="CMYK"), quality=95)

    assert mean(picture(data)) == pytest.approx(mean(draw()), abs=10)


def swapped_profile() -> bytes:
    """The sRGB profile with red and blue exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"....").replace(b"bXYZ", b"rXYZ").replace(b"....", b"bXYZ")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_colours_are_converted_from_the_embedded_profile(format):
    image = Image.new("RGB", (64, 64), RED)

    cleaned = picture(encode(image, format, icc_profile=swapped_profile()))

    assert mean(cleaned) == pytest.approx(BLUE, abs=6)
    assert "icc_profile" not in cleaned.info


@pytest.mark.parametrize("profile", [b"broken", swapped_profile()[:200], b"\0" * 5000])
def test_a_broken_profile_is_ignored(profile):
    data = encode(Image.new("RGB", (64, 64), RED), icc_profile=profile)

    assert mean(picture(data)) == pytest.approx(RED, abs=3)


def test_a_profile_for_other_colours_is_ignored():
    data = encode(Image.new("L", (64, 64), 100), icc_profile=swapped_profile())

    assert mean(picture(data)) == (100, 100, 100)


# --- Privacy ---------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_nothing_but_the_picture_is_kept(format):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRET text")
    notes.add_itxt("XML:com.adobe.xmp", "<x>SECRET xmp</x>")
    tags = {"exif": exif(camera="SECRET camera"), "xmp": b"<x>SECRET xmp</x>"}
    extra = {"PNG": {"pnginfo": notes}, "JPEG": {"comment": b"SECRET comment"}}.get(format, {})
    data = encode(draw(), format, icc_profile=swapped_profile(), **tags, **extra)
    assert b"SECRET" in data

    image = clean(data)

    for cleaned in image.files.values():
        jpeg = Image.open(BytesIO(cleaned))
        assert jpeg.info.keys() == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not jpeg.getexif()
        assert b"SECRET" not in cleaned


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"<?php ?>", b"PK\3\4"])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_what_hangs_on_behind_the_picture_is_dropped(format, tail):
    image = clean(encode(draw(), format) + tail)

    assert not any(tail in data for data in image.files.values())


# --- What is refused -------------------------------------------------------------------------


def test_an_empty_file_is_refused():
    assert refusal(b"") == "The file is empty. Choose another one."


def test_a_file_of_exactly_the_limit_is_accepted_and_one_byte_more_is_not(settings):
    data = encode(draw())

    settings.MAX_UPLOAD_BYTES = len(data)
    assert clean(data).width == 96
    settings.MAX_UPLOAD_BYTES = len(data) - 1
    assert "The file is larger than" in refusal(data)


@pytest.mark.parametrize("format", ["GIF", "BMP", "TIFF", "ICO", "PPM", "JPEG2000", "AVIF", "TGA"])
def test_another_format_is_refused(format):
    assert "Upload a JPEG, PNG, WebP or HEIC file." in refusal(encode(draw(), format))


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0" * 5000,
        b"hello" * 100,
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x08\0\0\0WEBP",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><svg>&e;</svg>",
        b"<html><script>alert(1)</script></html>",
        b"MZ" + b"\0" * 200,
        b"%PDF-1.7\n" + b"\xff\xd8\xff",
    ],
)
def test_what_is_no_picture_is_refused(data):
    assert refusal(data).endswith(".")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_a_cut_file_is_refused(format, part):
    data = encode(draw((256, 256)), format)

    assert refusal(data[: int(len(data) * part)]).endswith(".")


def test_a_damaged_picture_is_refused_and_named_so():
    data = bytearray(encode(draw((256, 256)), "PNG"))
    data[len(data) // 2] ^= 0xFF

    assert refusal(bytes(data)).startswith("The picture is damaged or incomplete.")


@pytest.mark.parametrize("side", [7072, 10_000, 13_000, 20_000, 2**31 - 1])
def test_too_many_pixels_are_refused_by_the_header_alone(side):
    assert "more than 50 million pixels" in refusal(png(side, side, rows=b""))


def test_too_many_pixels_of_any_format_are_refused(settings):
    settings.MAX_UPLOAD_PIXELS = 96 * 64 - 1

    for format in ("JPEG", "PNG", "WEBP", "HEIF"):
        assert "pixels. Make it smaller" in refusal(encode(draw(), format))


def test_exactly_as_many_pixels_as_allowed_are_accepted(settings):
    settings.MAX_UPLOAD_PIXELS = 96 * 64

    assert clean(encode(draw())).width == 96


@pytest.mark.parametrize("size", [(1, 1), (31, 200), (65500, 8), (65535, 1)])
def test_too_few_pixels_to_a_side_are_refused(size):
    assert f"only {size[0]} x {size[1]} pixels" in refusal(png(*size))


@pytest.mark.parametrize("size, message", [((641, 32), "too long"), ((32, 641), "too long")])
def test_a_strip_is_refused(size, message):
    assert message in refusal(png(*size))


def test_the_narrowest_picture_allowed_has_a_thumbnail():
    assert picture(png(32, 640), "thumbnail").size == (24, 480)


# --- What would keep a decoder busy ----------------------------------------------------------

INFLATES = zlib.compress(bytes(60_000_000))


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"zTXt", b"a\0\0" + INFLATES),
        chunk(b"iTXt", b"a\0\1\0\0\0" + INFLATES),
        chunk(b"iCCP", b"a\0\0" + INFLATES),
        chunk(b"iCCP", b"a\0\0" + zlib.compress(b"profile")) * 2,
        chunk(b"prVt") * 20_000,
        chunk(b"tEXt", b"a\0b") * 20_000,
        chunk(b"IDAT") * 20_000,
    ],
)
def test_a_png_of_bombs_or_of_countless_chunks_is_refused(extra):
    assert refusal(png(extra=extra)).endswith(".")


def test_pixels_that_inflate_without_end_are_read_no_further_than_needed():
    assert clean(png(rows=bytes(60_000_000))).width == 64


def test_a_jpeg_with_as_many_scans_as_encoders_write_is_accepted():
    assert clean(encode(draw(), progressive=True)).width == 96


def test_a_jpeg_of_countless_scans_is_refused():
    data = encode(draw(), progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]

    assert "no camera" in refusal(data[:-2] + scan * 100 + data[-2:])


@pytest.mark.parametrize(
    "filler",
    [
        b"\xff\xfe\0\2" * 20_000,
        b"\xff" * 200_000,
        b"\xff\0" * 100_000,
        b"\xff\xd9" + b"junk" * 50_000,
        (b"\xff\xf0\xfd\xe8" + b"a" * 64998) * 4,
        b"\xff\xd0" * 100_000,
    ],
)
def test_a_jpeg_of_countless_segments_or_of_padding_is_refused(filler):
    data = encode(draw())

    assert "no camera" in refusal(data[:2] + filler + data[2:])


def test_a_video_behind_a_photo_does_not_count_as_scans():
    video = random.Random(1).randbytes(20_000) + b"\xff\xda" * 5000 + b"\xff\xfe" * 20_000

    assert clean(encode(draw()) + video).width == 96


@pytest.mark.slow
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_random_damage_is_accepted_or_refused_and_nothing_else(format):
    chance = random.Random(format)
    original = encode(draw(), format, exif=exif(orientation=6), icc_profile=swapped_profile())

    for _ in range(300):
        data = bytearray(original)
        for _ in range(chance.choice((1, 3, 20))):
            data[chance.randrange(len(data))] = chance.choice(
                (0, 1, 127, 255, chance.randrange(256))
            )
        try:
            assert clean(bytes(data)).files.keys() == VARIANTS.keys()
        except UploadError as error:
            assert str(error)


# --- Names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, cleaned",
    [
        ("holiday.jpg", "holiday.jpg"),
        ("Zoë 家族.HEIC", "Zoë 家族.HEIC"),
        ("../../../etc/passwd.jpg", "passwd.jpg"),
        ("..\\..\\windows\\win.ini.jpg", "win.ini.jpg"),
        ("C:\\x\\y.jpg", "y.jpg"),
        (" spaced \t name .jpg ", "spaced name .jpg"),
        ("a\x00b\r\nSet-Cookie: c.jpg", "a b Set-Cookie: c.jpg"),
        ("gpj\u202egnp.exe", "gpj gnp.exe"),
        ("\ud800.jpg", "jpg"),
        ("Screenshot 3.04\u202fPM.png", "Screenshot 3.04 PM.png"),
        ("a" * 5000 + ".jpg", "a" * 255),
        (".htaccess", "htaccess"),
        ("", "photo"),
        ("/", "photo"),
        ("..", "photo"),
        ("\x00", "photo"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(name, cleaned):
    assert clean_name(name) == cleaned


def test_a_name_is_composed_so_that_it_can_be_found():
    assert clean_name("Zoe\u0308.jpg") == "Zo\u00eb.jpg"
