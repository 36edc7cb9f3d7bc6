"""What a link shows: the photos of its album, and of their faces what is not sensitive."""

from dataclasses import dataclass
from functools import cached_property

from gallery.filters.look import Look
from gallery.filters.terms import Decider, FilterError
from gallery.labels import SAID
from gallery.models import Face, Photo, ShareLink
from gallery.models.photo import PhotoQuerySet
from ml.attributes import ATTRIBUTES
from ml.models import ModelVersion

# People may not want to read these of themselves: a link shows them only where its owner said so.
SENSITIVE = frozenset(
    (
        "Attractive",
        "Bald",
        "Big_Lips",
        "Big_Nose",
        "Chubby",
        "Double_Chin",
        "Male",
        "Pale_Skin",
        "Young",
    )
)


@dataclass(frozen=True)
class Album:
    """The photos that a link opens, read anew each time: those of a filter come and go."""

    link: ShareLink

    def photos(self) -> PhotoQuerySet:
        """Analyzed photos only, newest first; none if the filter cannot be read any more."""
        photos = Photo.objects.visible_to(self.link).ready()
        if row := self.link.saved_filter:  # "me" in it is the person who saved it
            photos = photos.asked_by(row.owner)
        try:
            return self._look.photos(photos, self._version)
        except FilterError:
            return photos.none()

    @property
    def _look(self) -> Look:
        row = self.link.saved_filter
        return Look.of(attrs=row.attrs, match=row.match) if row else Look()

    @cached_property
    def _version(self) -> ModelVersion | None:
        return ModelVersion.objects.active()

    def describe(self, face: Face) -> list[str]:
        """The attributes in words that the face has for sure, the surest first."""
        if self._version is None or face.is_whole:
            return []
        values = face.probabilities().values()
        decisions = Decider(self._version).decide(values)
        sure = [
            (value, str(SAID[attribute.name]))
            for attribute, value, decision in zip(ATTRIBUTES, values, decisions, strict=True)
            if decision == "yes" and self._shows(attribute.name)
        ]
        return [words for _, words in sorted(sure, reverse=True)]

    def _shows(self, name: str) -> bool:
        return self.link.shows_sensitive or name not in SENSITIVE
