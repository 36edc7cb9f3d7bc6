"""manage.py drop_originals: delete the original files, and keep the clean pictures."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q, Sum
from django.template.defaultfilters import filesizeformat

from gallery.library.originals import drop_originals
from gallery.models import Gallery, Photo
from gallery.models.photo import PhotoQuerySet


class Command(BaseCommand):
    help = (
        "Delete the originals that are kept, for good; the clean pictures stay. KEEP_ORIGINALS=off "
        "keeps no further ones. Without --yes, only say how many there are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--gallery", type=UUID, metavar="ID", help="only those of one gallery")
        parser.add_argument("--yes", action="store_true", help="delete them")

    def handle(self, *, gallery: UUID | None, yes: bool, **options: Any) -> None:
        photos = _photos_of(gallery) if gallery else Photo.objects.all()
        size = photos.aggregate(size=Sum("original_bytes", default=0))["size"]
        if yes:
            self.stdout.write(f"{drop_originals(photos):,} originals deleted")
            return
        count = photos.with_originals().count()
        self.stdout.write(f"{count:,} originals, {filesizeformat(size)}. --yes deletes them.")


def _photos_of(uuid: UUID) -> PhotoQuerySet:
    """A gallery's photos, including those in its trash."""
    gallery = Gallery.objects.real().filter(uuid=uuid).first()
    if gallery is None:
        raise CommandError(f"there is no gallery {uuid}", returncode=2)
    return Photo.objects.filter(Q(gallery=gallery) | Q(gallery__trash_of=gallery))
