"""What a grid shows: the photos of one gallery, or those of all that the person sees."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext

from gallery.filters.look import EVERYWHERE, Look
from gallery.models import Face, Gallery, Photo, Role
from gallery.models.face import FaceQuerySet
from gallery.models.gallery import GalleryQuerySet
from gallery.models.membership import with_roles
from gallery.models.photo import PhotoQuerySet


@dataclass(frozen=True)
class Collection:
    """One gallery, or without one all that the person may see."""

    user: User
    gallery: Gallery | None = None

    @classmethod
    def around(cls, user: User, gallery: Gallery, look: Look) -> Self:
        """Where a photo of this gallery was looked at: there, or among all photos."""
        return cls(user) if look.place == EVERYWHERE else cls(user, gallery)

    @property
    def name(self) -> str:
        return self.gallery.name if self.gallery else gettext("All photos")

    @cached_property
    def may_edit(self) -> bool:
        """Whether the person may change its contents; for all galleries, those of any."""
        return bool(self._roles & {Role.EDITOR, Role.OWNER})

    @cached_property
    def is_own(self) -> bool:
        """Whether the person owns it; for all galleries, any of them."""
        return Role.OWNER in self._roles

    @cached_property
    def _roles(self) -> set[str]:
        if self.gallery:
            return {self.gallery.role}
        return {gallery.role for gallery in with_roles(self.galleries(), self.user)}

    @property
    def url(self) -> str:
        return self.gallery.get_absolute_url() if self.gallery else reverse("gallery:all_photos")

    @property
    def progress_url(self) -> str:
        if self.gallery is None:
            return reverse("gallery:all_progress")
        return reverse("gallery:progress", args=[self.gallery.uuid])

    @property
    def export_url(self) -> str:
        """The address of exports, up to their suffix."""
        return f"{self.url}export."

    def address(self, look: Look, **more: Any) -> str:
        """The page with this look, and with further parameters."""
        return self.url + self.query(look, **more)

    def query(self, look: Look, **more: Any) -> str:
        """The look as the query string of the page, which says by itself where it looks."""
        return replace(look, place="").query_with(**more)

    def placed(self, look: Look) -> Look:
        """The look as it is handed to the page of a photo, which leads back here."""
        return replace(look, place="" if self.gallery else EVERYWHERE)

    def photos(self) -> PhotoQuerySet:
        photos = Photo.objects.visible_to(self.user)
        return photos.in_gallery(self.gallery) if self.gallery else photos

    def faces(self) -> FaceQuerySet:
        faces = Face.objects.visible_to(self.user)
        return faces.in_gallery(self.gallery) if self.gallery else faces

    def galleries(self) -> GalleryQuerySet:
        galleries = Gallery.objects.visible_to(self.user)
        return galleries.only_this(self.gallery) if self.gallery else galleries
