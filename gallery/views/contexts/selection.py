"""Photos that a person selected in a grid: those that are named, or all that match its filter."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404

from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Photo, Role
from gallery.models.membership import check_roles, note_role
from gallery.models.photo import PhotoQuerySet
from gallery.views.contexts.changes import remaining_tiles
from gallery.views.contexts.collection import Collection
from gallery.views.contexts.lookups import read_uuid
from gallery.views.contexts.panel import MOST_PHOTOS
from gallery.views.requests import SignedInRequest
from ml.models import ModelVersion

PARAMETERS = {"attrs", "match", "sort", "view", "in"}


@dataclass(frozen=True)
class Selection:
    """The photos, and the grid that they were selected in."""

    collection: Collection
    look: Look
    photos: PhotoQuerySet
    uuids: frozenset[UUID]  # of those that are named, some of which may be gone
    are_all: bool

    @classmethod
    def read(cls, request: SignedInRequest, role: Role = Role.VIEWER) -> "Selection":
        """What a request selects among what the person may see; Http404 if nothing is left.

        Raises PermissionDenied, with a sentence, if they lack the role in one of the galleries.
        The filter of `all` must be valid: one that cannot be read would select everything.
        """
        if set(request.GET) - PARAMETERS:
            raise BadRequest("Unknown parameter.")
        try:
            look = Look.read(request.GET)
            look.check(request.user)
        except FilterError as error:
            raise BadRequest(str(error)) from None
        named = ",".join(request.POST.getlist("photo")).split(",")
        uuids = frozenset(read_uuid(text) for text in named if text)
        _check_count(len(uuids))
        visible = Photo.objects.visible_to(request.user)
        photos = visible.among(uuids)
        first = photos.with_gallery().first()
        if first is None:
            raise Http404("There is no such photo.")
        gallery = note_role(first.gallery, request.user)
        collection = Collection.around(request.user, gallery, look)
        are_all = bool(request.POST.get("all"))
        if are_all:
            photos = visible.filter(pk__in=_matching(collection, look))
        if role != Role.VIEWER:
            check_roles(request.user, photos, role)
        return cls(collection, look, photos, uuids, are_all)

    def page_context(self) -> dict[str, Any]:
        """What has changed on the page: the tiles, and the panel."""
        return remaining_tiles(self.collection, self.look, self.uuids)


def _matching(collection: Collection, look: Look) -> list[int]:
    """The keys of those that match now, of which the grid may show a part."""
    matching = look.photos(collection.photos(), ModelVersion.objects.active()).order_by()
    keys = list(matching.values_list("pk", flat=True)[: MOST_PHOTOS + 1])
    _check_count(len(keys))
    return keys


def _check_count(count: int) -> None:
    if count > MOST_PHOTOS:
        raise BadRequest(f"Select at most {MOST_PHOTOS} photos at a time.")
