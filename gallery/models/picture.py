"""A stored picture, the smaller ones made from it, and its original: files in private storage."""

import uuid

from django.core.files.base import File
from django.db import models
from django.utils.translation import gettext_noop
from PIL import Image

from gallery import storage

ORIGINAL = ".orig"  # an original's extension: no server shows such a file
ENOUGH = (1500, 1500)  # pixels: at that size the faces of larger pictures are still sharp

# Rows keep why a photo failed in English; pages translate it.
LOST = gettext_noop(
    "The stored picture is gone or damaged. Upload the same file again to bring it back."
)
MISSING = gettext_noop("The stored picture is missing.")
DAMAGED = gettext_noop("The stored picture is damaged.")

Content = File[bytes]


class PictureError(Exception):
    """Why a stored picture cannot be read, in words for the photo's owner."""


class StoredPicture(models.Model):
    """A row whose picture is stored under its uuid."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    def file_name(self, variant: str = "") -> str:
        """The path in private storage of the picture, or of a smaller one (`gallery.variants`)."""
        return f"{self._folder}/{variant}" if variant else f"{self._folder}.jpg"

    def original_file(self) -> str:
        """The path of the original in private storage; the original may not be kept.

        It is outside the folder of derived pictures, which are made and deleted at will.
        """
        return f"{self._folder}{ORIGINAL}"

    def open_file(self, variant: str = "") -> Content:
        """The bytes of the picture, or of a smaller one.

        Raises:
            PictureError: the file is missing.
            StorageError: the storage cannot be asked.
        """
        try:
            return storage.open_file(self.file_name(variant))
        except FileNotFoundError:
            raise PictureError(MISSING) from None

    def open_original(self) -> Content:
        """The bytes of the file as it was uploaded.

        Raises:
            PictureError: the file is missing.
            StorageError: the storage cannot be asked.
        """
        try:
            return storage.open_file(self.original_file())
        except FileNotFoundError:
            raise PictureError(MISSING) from None

    def open_picture(self, enough: tuple[int, int] = ENOUGH) -> Image.Image:
        """The picture in RGB, not reduced below `enough` (width, height).

        Raises:
            PictureError: the file is missing or damaged.
            StorageError: the storage cannot be asked.
        """
        try:
            with self.open_file() as file:
                image = Image.open(file)
                # A JPEG is decoded at half, a quarter or an eighth of its size if that is enough,
                # which saves most of the time.
                image.draft("RGB", enough)
                return image.convert("RGB")
        # What Pillow raises for damaged files depends on the format and on the damage.
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise PictureError(DAMAGED) from error

    def list_variants(self) -> set[str]:
        """The smaller pictures that are stored."""
        return set(storage.names_in(self._folder))

    def delete_files(self) -> None:
        """Delete the picture, its original and the smaller ones from private storage.

        Raises:
            StorageError: some remain; the sweep deletes them once the photo has no row.
        """
        storage.delete(self.file_name())
        storage.delete(self.original_file())
        for variant in self.list_variants():
            storage.delete(self.file_name(variant))
        storage.delete(self._folder)

    @property
    def _folder(self) -> str:
        """Where the smaller pictures are."""
        return f"{str(self.uuid)[:2]}/{self.uuid}"
