"""The covers of galleries: each one's newest photos, cropped around their faces."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from gallery.models import Gallery, Photo
from gallery.models.counts import COVERS, with_counts
from gallery.models.membership import with_roles
from gallery.views.contexts.thumbnails import Thumbnail, make_thumbnail

ASPECT = 4 / 3  # of a cover and of its parts, as in static/css/pages/home.css


@dataclass(frozen=True)
class Cover:
    """A gallery with its counts, and its pictures: four, or one if there are fewer photos."""

    gallery: Gallery
    images: list[Thumbnail]


def make_covers(user: User) -> list[Cover]:
    """The galleries that the person may see, in three queries."""
    seen = Gallery.objects.visible_to(user).select_related("owner")
    galleries = list(with_roles(with_counts(seen), user))
    uuids = {uuid for gallery in galleries for uuid in _newest(gallery)}
    photos = Photo.objects.visible_to(user).among(uuids).with_faces()
    images = {photo.uuid: _image(photo) for photo in photos}
    return [Cover(gallery, _mosaic(gallery, images)) for gallery in galleries]


def _newest(gallery: Gallery) -> list[UUID]:
    """The uuids that `with_counts` has found."""
    uuids = [getattr(gallery, f"cover_{place}") for place in range(COVERS)]
    return [uuid for uuid in uuids if uuid]


def _mosaic(gallery: Gallery, images: dict[UUID, Thumbnail]) -> list[Thumbnail]:
    # One that was deleted since then is missing.
    found = [images[uuid] for uuid in _newest(gallery) if uuid in images]
    return found if len(found) == COVERS else found[:1]


def _image(photo: Photo) -> Thumbnail:
    faces = [face for face in photo.faces.all() if not face.is_whole]
    return make_thumbnail(photo, faces, ASPECT)
