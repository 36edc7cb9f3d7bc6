"""The pictures of photos as a ZIP file."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.utils import timezone

from gallery.exchange.archive import MISSING, PIECE, Window, missing_text
from gallery.exchange.guard import while_member
from gallery.models import Gallery, Photo
from gallery.models.photo import PhotoQuerySet
from gallery.models.picture import PictureError
from gallery.names import BEGINNING, ending_of, without_ending

CHUNK = 100  # photos that one query reads
OLDEST = datetime(1980, 1, 1)  # that a ZIP file can say


def download_pictures(
    photos: PhotoQuerySet,
    user: User,
    gallery: Gallery | None = None,
    *,
    has_originals: bool = False,
) -> StreamingHttpResponse:
    """The pictures of a gallery's photos, or of all, as a ZIP file for a person to download.

    `has_originals`: the files as they were uploaded, where the person may have them.
    """
    chunks = picture_chunks(photos, originals_for=user if has_originals else None)
    return _download(while_member(chunks, user, gallery))


def download_as_guest(photos: PhotoQuerySet) -> StreamingHttpResponse:
    """The pictures as a ZIP file to download, without their names and days."""
    return _download(picture_chunks(photos, as_guest=True))


def _download(chunks: Iterator[bytes]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        chunks,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="photos.zip"'},
    )


def picture_chunks(
    photos: PhotoQuerySet, *, as_guest: bool = False, originals_for: User | None = None
) -> Iterator[bytes]:
    """The pictures as a ZIP file, in pieces; `photos` are those that the person may see.

    What was listed at the start is in it, or in `missing.txt` if it went meanwhile: each photo is
    asked for again, among those that the person may see, when its turn comes.
    """
    listed = list(photos.order_by("-pk").values_list("pk", "original_name"))
    if as_guest:
        listed = [(pk, "photo.jpg") for pk, _ in listed]
    window, names, missing = Window(), Names(), list[str]()
    with ZipFile(window, "w") as archive:
        for start in range(0, len(listed), CHUNK):
            some = listed[start : start + CHUNK]
            there = photos.order_by().with_gallery().in_bulk([pk for pk, _ in some])
            for pk, name in some:
                photo = there.get(pk)
                if photo and _add(archive, names.take(name), photo, as_guest, originals_for):
                    yield from window.take()
                else:
                    missing.append(name)
        if missing:
            archive.writestr(MISSING, missing_text(missing), ZIP_DEFLATED)
    yield from window.take()


def _add(
    archive: ZipFile, name: str, photo: Photo, as_guest: bool, originals_for: User | None
) -> bool:
    """Add the original, if somebody wants it who may have it, or the picture, if it is there."""
    may_have = originals_for is not None and photo.gives_original_to(originals_for)
    if may_have and add_original(archive, without_ending(name), photo):
        return True
    content = read_picture(photo)
    if content is not None:
        archive.writestr(ZipInfo(name) if as_guest else entry(name, photo), content)
    return content is not None


def read_picture(photo: Photo) -> bytes | None:
    """The picture; None if it is gone."""
    try:
        with photo.open_file() as file:
            content: bytes = file.read()
            return content
    except PictureError:
        return None


def add_original(archive: ZipFile, start: str, photo: Photo) -> str:
    """Add the file as it was uploaded, under this name and its own ending; "" if it is missing.

    It is never held in memory as a whole.
    """
    try:
        with photo.open_original() as file:
            name = start + ending_of(photo.original_name, file.read(BEGINNING))
            made = entry(name, photo)
            made.file_size = file.size  # decides whether its sizes need ZIP64
            file.seek(0)
            with archive.open(made, "w") as member:
                shutil.copyfileobj(file, member, PIECE)
            return name
    except PictureError:
        return ""


def entry(name: str, photo: Photo) -> ZipInfo:
    """A file of the archive, with the time at which the picture was taken, or else uploaded."""
    time = photo.taken_at or timezone.localtime(photo.created_at)
    made = ZipInfo(name, max(time.replace(tzinfo=None), OLDEST).timetuple()[:6])
    made.external_attr = 0o644 << 16
    return made


class Names:
    """The names of an archive's pictures: each once, whatever the capitals."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}  # number of each name

    def take(self, name: str) -> str:
        """A photo's name with .jpg, as that is what its picture is, and a number if need be."""
        start = without_ending(name)
        number = self._last.get(start.casefold(), 0) + 1
        while number > 1 and f"{start} ({number})".casefold() in self._last:
            number += 1
        self._last[start.casefold()] = number
        taken = f"{start} ({number})" if number > 1 else start
        self._last.setdefault(taken.casefold(), 1)
        return f"{taken}.jpg"
