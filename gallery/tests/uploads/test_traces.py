"""What a file told besides its picture: none of it is in anything that the site hands out."""

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, PngImagePlugin

from gallery.exchange.formats import BY_SUFFIX
from gallery.models import Photo
from gallery.tests.fakes import box
from gallery.tests.pictures import draw, encode, exif, stored_files, swapped_profile
from gallery.tests.uploads.test_hostile import FOLDER, files
from gallery.uploads.adding import add_photo
from gallery.variants import PREVIEW, SMALL, THUMBNAIL

pytestmark = pytest.mark.django_db

MARKS = (b"SECRET", b"Exif\0", b"http://ns.adobe", b"Photoshop 3.0", b"xmpmeta", b"ICC_PROFILE")
TAGS = {"exif", "xmp", "icc_profile", "comment", "photoshop"}  # as Pillow names them
NAMES = ("picture", "preview", "phone", "thumbnail", "small")


def telling(format: str) -> bytes:
    """A picture that tells its camera and place, as EXIF, XMP, text and a profile."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRET text")
    notes.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET xmp</x:xmpmeta>")
    tags = {"exif": exif(camera="SECRET camera"), "xmp": b"<x:xmpmeta>SECRET xmp</x:xmpmeta>"}
    extra = {"PNG": {"pnginfo": notes}, "JPEG": {"comment": b"SECRET comment"}}.get(format, {})
    picture = draw((600, 600))  # large enough for all smaller pictures to be other ones
    return encode(picture, format, icc_profile=swapped_profile(), **tags, **extra)


CONTENTS = {
    **{
        format: lambda format=format: telling(format)
        for format in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF")
    },
    **{
        name: lambda name=name: (FOLDER / name).read_bytes()
        for name in files("accept")
        if name.startswith("exif-privacy/")
    },
}


@pytest.mark.parametrize("name", CONTENTS)
def test_nothing_that_is_handed_out_tells_more_than_the_picture(client, gallery, lab, name):
    content = CONTENTS[name]()
    assert told(content)
    lab.finds(box(0.3, 0.3, 0.4))
    photo, _ = add_photo(gallery, SimpleUploadedFile("me.jpg", content))
    lab.work()
    assert {PREVIEW, THUMBNAIL, SMALL} <= photo.list_variants()

    contents = {address: get(client, address) for address in addresses_of(photo)}

    kept = {name: (Path(settings.MEDIA_ROOT) / name).read_bytes() for name in stored_files()}
    assert kept.pop(photo.original_file()) == content  # which is for the owner alone
    looked_at = unpacked(contents) | kept
    assert sum(map(is_picture, looked_at.values())) >= 13  # 7 of them kept, one in each ZIP
    assert {where: told(data) for where, data in looked_at.items() if told(data)} == {}


def addresses_of(photo: Photo) -> list[str]:
    """Every address that hands out something of the photo."""
    pictures = [reverse(f"gallery:{name}", args=[photo.uuid]) for name in NAMES]
    exports = [reverse("gallery:export", args=[photo.gallery.uuid, suffix]) for suffix in BY_SUFFIX]
    face, row = photo.faces.get().get_crop_url(), f"/api/v1/photos/{photo.uuid}/"
    return [*pictures, f"{pictures[0]}?download=1", face, row, *exports]


def get(client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == 200
    return b"".join(response) if response.streaming else response.content


def unpacked(contents: dict[str, bytes]) -> dict[str, bytes]:
    """The contents, with the files of each ZIP one by one: what is deflated shows no text."""
    found = dict(contents)
    for address in [address for address in contents if address.endswith(".zip")]:
        with zipfile.ZipFile(io.BytesIO(found.pop(address))) as files:
            found |= {f"{address}/{name}": files.read(name) for name in files.namelist()}
    return found


def is_picture(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8", b"RIFF", b"\x89PNG"))


def told(data: bytes) -> set[str]:
    """What a file tells besides its picture."""
    found = {mark.decode() for mark in MARKS if mark in data}
    if is_picture(data):
        picture = Image.open(io.BytesIO(data))
        found |= TAGS & {*picture.info}
        found |= {"tags"} if picture.getexif() else set()
    return found
