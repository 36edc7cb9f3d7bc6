"""manage.py make_demo: a gallery of made-up faces, to try the filter on many."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from gallery.management import demo
from gallery.management.demo_pictures import draw_pictures
from gallery.models import Gallery, Photo
from ml.models import ModelVersion

MOST = 10_000_000


def face_count(text: str) -> int:
    """An argparse type: how many faces."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise ArgumentTypeError(f"must be a whole number from 1 to {MOST}, not {text}")
    return int(text)


class Command(BaseCommand):
    help = (
        "Fill a gallery with made-up faces: probabilities correlated as in CelebA, drawn pictures."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--faces", type=face_count, default=10_000)
        parser.add_argument(
            "--owner", help="whose gallery; default: a person 'demo' who cannot log in"
        )
        parser.add_argument(
            "--gallery", default="Demo", help="its name; faces are added if it exists"
        )
        parser.add_argument(
            "--seed", type=int, default=0, help="the same seed gives the same probabilities"
        )
        parser.add_argument(
            "--no-pictures",
            action="store_true",
            help="rows only, for counting and timing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        version = ModelVersion.objects.active()
        if version is None:
            raise CommandError("No model is active. Run manage.py activate_model first.")
        owner, started = self._owner(options["owner"]), time.monotonic()
        gallery = Gallery.objects.kept().filter(owner=owner, name=options["gallery"]).first()
        gallery = gallery or Gallery.objects.create(owner=owner, name=options["gallery"])
        last = Photo.objects.in_gallery(gallery).order_by("-pk").first()
        newest = last.pk if last else 0
        for done in demo.fill_gallery(gallery, options["faces"], version, options["seed"]):
            seconds = time.monotonic() - started
            self.stdout.write(f"{done:,} of {options['faces']:,} faces, {seconds:.0f} s")
        if not options["no_pictures"]:
            self._draw(gallery, newest)
        self.stdout.write(f"{gallery.name} of {owner}: {gallery.get_absolute_url()}")

    def _draw(self, gallery: Gallery, newest: int) -> None:
        """Draw the pictures of the photos that came after this one."""
        for done in draw_pictures(Photo.objects.in_gallery(gallery).filter(pk__gt=newest)):
            self.stdout.write(f"{done:,} pictures")

    def _owner(self, name: str | None) -> Any:
        people = get_user_model().objects
        if name is None:
            found, is_new = people.get_or_create(username="demo")
            if is_new:
                found.set_unusable_password()
                found.save()
            return found
        owner = people.filter(username=name).first()
        if owner is None:
            raise CommandError(f"There is no person {name}. Sign up, or leave out --owner.")
        return owner
