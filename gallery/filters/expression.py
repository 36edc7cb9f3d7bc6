"""A filter as it was read: terms that must all hold, each with alternatives.

`gallery.filters.parsing` reads it from text, and `str` writes it.
"""

from dataclasses import dataclass
from functools import reduce

from django.db.models import Q
from django.utils.translation import gettext

from gallery.filters.photo_terms import PhotoAlternative
from gallery.filters.terms import Alternative
from ml.models import ModelVersion


@dataclass(frozen=True)
class Term:
    """One part between commas: at least one of its alternatives must hold.

    Either all of them are about the face, or all about the photo.
    """

    alternatives: tuple[Alternative, ...] | tuple[PhotoAlternative, ...]

    def __str__(self) -> str:
        return "|".join(map(str, self.alternatives))

    @property
    def of_face(self) -> tuple[Alternative, ...]:
        """Its alternatives if it is about a face; else none."""
        return tuple(part for part in self.alternatives if isinstance(part, Alternative))

    @property
    def of_photo(self) -> tuple[PhotoAlternative, ...]:
        """Its alternatives if it is about the photo; else none."""
        return tuple(part for part in self.alternatives if isinstance(part, PhotoAlternative))

    @property
    def is_of_photo(self) -> bool:
        """Whether it is about the photo, not about a face."""
        return bool(self.of_photo)

    @property
    def is_of_number(self) -> bool:
        """Whether it is only about how many faces the photo has."""
        return bool(self.of_photo) and all(part.name == "faces" for part in self.of_photo)

    def condition(self, version: ModelVersion) -> Q:
        """The term as a condition on the columns of Face."""
        condition = Q()
        for alternative in self.of_face:
            condition |= alternative.condition(version)
        return condition

    def photo_condition(self, prefix: str = "") -> Q:
        """The term as a condition on Photo, or on a row whose photo is reached by `prefix`."""
        condition = Q()
        for alternative in self.of_photo:
            condition |= alternative.condition(prefix)
        return condition

    def words(self) -> str:
        """The term in words: "black or brown hair"."""
        words = [alternative.words() for alternative in self.alternatives]
        last = words[-1].rsplit(" ", 1)[-1]
        plain = all(getattr(part, "form", "") == "yes" for part in self.alternatives)
        if plain and all(text.split(" ")[1:] == [last] for text in words):
            words[:-1] = [text.removesuffix(f" {last}") for text in words[:-1]]
        return reduce(_either, words)


@dataclass(frozen=True)
class Expression:
    """Terms that must all hold for the same face or its photo; without any, everything matches."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    @property
    def face_terms(self) -> tuple[Term, ...]:
        """The terms that are about a face."""
        return tuple(term for term in self.terms if not term.is_of_photo)

    @property
    def takes_no_faces(self) -> bool:
        """Whether it asks for a number of faces that may be none: `faces=0`, `faces<2`."""
        return any(part.takes_no_faces for term in self.terms for part in term.of_photo)

    def condition(self, version: ModelVersion) -> Q:
        """The terms about faces as a condition on Face; without any, every face meets it."""
        condition = Q()
        for term in self.face_terms:
            condition &= term.condition(version)
        return condition

    def photo_condition(self, prefix: str = "") -> Q:
        """The terms about photos as a condition on Photo, or on a row with a photo at `prefix`."""
        condition = Q()
        for term in self.terms:
            condition &= term.photo_condition(prefix)
        return condition

    def without(self, term: Term) -> "Expression":
        """The same without that term."""
        return Expression(tuple(other for other in self.terms if other != term))

    def sentence(self, match: str = "any") -> str:
        """The whole filter in words."""
        if not self.terms:
            return gettext("All photos")
        words = ", ".join(term.words() for term in self.terms)
        words = words[0].upper() + words[1:]
        count = len(self.face_terms)
        if match == "every" and count:
            return gettext("%(filter)s – on every face") % {"filter": words}
        if match == "any" and count > 1:
            return gettext("%(filter)s – on the same face") % {"filter": words}
        return words


def _either(one: str, other: str) -> str:
    return gettext("%(one)s or %(other)s") % {"one": one, "other": other}


EVERYTHING = Expression()
