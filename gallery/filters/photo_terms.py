"""What a filter can ask of a photo: `faces>=2`, `taken=2024-06`, `-by=me`, and so on."""

import operator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Literal

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import (
    gettext,
    gettext_lazy,
    gettext_noop,
    ngettext_lazy,
    pgettext_lazy,
)

from gallery.filters.days import between, read_span
from gallery.filters.file_names import has_in_name, write_name
from gallery.filters.photo_values import NAMED, NO_FACE, read_value
from gallery.filters.terms import FilterError, quoted
from gallery.labels import SAID
from gallery.models import Correction, Face, Gallery, Photo
from ml.models import ModelVersion

Comparison = Literal["=", ">=", ">", "<=", "<"]

COMPARISONS: tuple[Comparison, ...] = ("=", ">=", ">", "<=", "<")
EXAMPLES = {
    "faces": "faces>=2",
    "status": "status=ready",
    "date": "date>=2026-01-31",
    "taken": "taken>=2024-06",
    "name": "name=beach",
    "answered": "answered=Smiling",
    "by": "by=me",
    "model": "model=active",
    "gallery": "gallery=Summer",
    "detector": "detector=none",
}
PHOTO_NAMES = tuple(EXAMPLES)
WORDS = ("status", "answered", "detector", *NAMED)  # compared only for equality
DENIABLE = ("taken", "answered", "detector", *NAMED)  # can be negated with a minus
ME = "me"  # as a person's name: whoever asks
ACTIVE = "active"  # as a model's name: the one in use

NUMBERS = {
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
FACES = {
    "=": ngettext_lazy("with %(number)s face", "with %(number)s faces", "number"),
    ">=": ngettext_lazy(
        "with at least %(number)s face", "with at least %(number)s faces", "number"
    ),
    ">": ngettext_lazy(
        "with more than %(number)s face", "with more than %(number)s faces", "number"
    ),
    "<=": ngettext_lazy("with at most %(number)s face", "with at most %(number)s faces", "number"),
    "<": ngettext_lazy(
        "with fewer than %(number)s face", "with fewer than %(number)s faces", "number"
    ),
}
UPLOADED = {
    "=": gettext_lazy("uploaded on %(day)s"),
    ">=": gettext_lazy("uploaded from %(day)s"),
    ">": gettext_lazy("uploaded after %(day)s"),
    "<=": gettext_lazy("uploaded until %(day)s"),
    "<": gettext_lazy("uploaded before %(day)s"),
}
STATUS = {
    "queued": pgettext_lazy("status", "queued"),
    "analysing": pgettext_lazy("status", "analysing"),
    "ready": pgettext_lazy("status", "ready"),
    "failed": pgettext_lazy("status", "failed"),
}
NAMES_SAID = {
    "by": gettext_noop("answered by %(name)s"),
    "model": gettext_noop("analyzed by the model %(name)s"),
    "gallery": gettext_noop("in the gallery “%(name)s”"),
}
DETECTED = {
    NO_FACE: (gettext_lazy("no face found"), gettext_lazy("with a face")),
    "person": (gettext_lazy("with a drawn face"), gettext_lazy("without a drawn face")),
}


@dataclass(frozen=True)
class PhotoAlternative:
    """A comparison of one of the facts in PHOTO_NAMES; `is_denied` if a minus precedes it.

    `keys` are the keys that a name of a person, model or gallery resolves to (`names.bound`).
    """

    name: str
    operator: Comparison
    value: str
    is_denied: bool = False
    keys: tuple[int, ...] = ()

    def __str__(self) -> str:
        value = write_name(self.value) if self.name in NAMED else self.value
        return f"{'-' if self.is_denied else ''}{self.name}{self.operator}{value}"

    def condition(self, prefix: str = "") -> Q:
        """The same as a condition on Photo, or on a row whose photo is reached by `prefix`.

        What is denied holds for photos too of which the fact is unknown.
        """
        wanted = self._condition(prefix)
        return ~wanted if self.is_denied else wanted

    def _condition(self, prefix: str) -> Q:
        if self.name == "status":
            return Q(**{f"{prefix}status": self.value})
        if self.name == "faces":
            return self._counted(prefix)
        if self.name == "date":
            return self._uploaded(f"{prefix}created_at")
        if self.name == "taken":
            return self._taken(f"{prefix}taken_at")
        if self.name == "name":
            return has_in_name(f"{prefix}original_name", self.value)
        if self.name == "detector":
            return self._detected(prefix)
        # As subqueries: with bare keys, SQLite scans an index that is in another order.
        if self.name == "model":
            versions = ModelVersion.objects.filter(pk__in=self.keys).order_by()
            return Q(**{f"{prefix}model_version__in": versions.values("pk")})
        if self.name == "gallery":  # which faces have too
            return Q(gallery__in=Gallery.objects.filter(pk__in=self.keys).order_by().values("pk"))
        # Few have answers: they are listed once, instead of being looked for with each photo.
        about = {"attribute": self.value} if self.name == "answered" else {"person__in": self.keys}
        given = Correction.objects.filter(**about).about_real_faces().order_by()
        return Q(**{f"{prefix}id__in": given.values("face__photo")})

    @property
    def takes_no_faces(self) -> bool:
        """Whether it asks for photos without a face, or for a number that includes zero."""
        if self.name == "detector":
            return self.value == NO_FACE and not self.is_denied
        return self.name == "faces" and NUMBERS[self.operator](0, int(self.value))

    def words(self) -> str:
        """The same in words, in lower case."""
        if not self.is_denied:
            return self._words()
        if self.name == "name":
            return gettext("no “%(text)s” in the name") % {"text": self.value}
        if self.name == "detector" and self.value in DETECTED:
            return str(DETECTED[self.value][1])
        return gettext("not %(what)s") % {"what": self._words()}

    def _words(self) -> str:
        if self.name == "status":
            return str(STATUS[self.value])
        if self.name == "date":
            return str(UPLOADED[self.operator] % {"day": self.value})
        if self.name == "taken" and (span := read_span(self.value)):
            return span.compared(self.operator)
        if self.name == "name":
            return gettext("“%(text)s” in the name") % {"text": self.value}
        if self.name == "answered":
            return gettext("answered for %(what)s") % {"what": SAID[self.value]}
        if self.name == "detector":
            return self._detector_words()
        if self.name in NAMED:
            return self._name_words()
        if str(self) == "faces=0":
            return gettext("without faces")
        return str(FACES[self.operator] % {"number": int(self.value)})

    def _detector_words(self) -> str:
        if self.value in DETECTED:
            return str(DETECTED[self.value][0])
        return gettext("found by %(detector)s") % {"detector": Face.Detector(self.value).label}

    def _name_words(self) -> str:
        if self.name == "by" and self.value.lower() == ME:
            return gettext("answered by me")
        if self.name == "model" and self.value.lower() == ACTIVE:
            return gettext("analyzed by the active model")
        return gettext(NAMES_SAID[self.name]) % {"name": self.value}

    def _detected(self, prefix: str) -> Q:
        if self.value == NO_FACE:
            return Q(**{f"{prefix}face_count": 0}) & known_faces(prefix)
        faces = Face.objects.filter(photo=OuterRef(f"{prefix}id"), detector=self.value)
        return Q(Exists(faces))

    def _counted(self, prefix: str) -> Q:
        lookup = {"=": "", ">=": "__gte", ">": "__gt", "<=": "__lte", "<": "__lt"}
        wanted = Q(**{f"{prefix}face_count{lookup[self.operator]}": int(self.value)})
        return wanted & known_faces(prefix) if self.takes_no_faces else wanted

    def _uploaded(self, column: str) -> Q:
        # A day begins when it does on the site's pages: a day later may be 23 or 25 hours later.
        zone = timezone.get_default_timezone()
        day = datetime.combine(date.fromisoformat(self.value), time(), zone)
        return between(column, self.operator, day, day + timedelta(days=1))

    def _taken(self, column: str) -> Q:
        # A day of the camera's clock: it has no zone.
        span = read_span(self.value)
        assert span is not None  # noqa: S101  (for the type checker: it was read before)
        first, end = (datetime.combine(day, time()) for day in (span.first, span.end))
        return between(column, self.operator, first, end)


def known_faces(prefix: str = "") -> Q:
    """The condition that it is known how many faces a photo has: before its analysis it has 0."""
    return Q(**{f"{prefix}face_count__gt": 0}) | Q(**{f"{prefix}status": Photo.Status.READY})


def read_photo_alternative(name: str, given: str, text: str, place: int) -> PhotoAlternative:
    """Read a comparison, its name already read; `place` is the character after the name, from 1.

    FilterError says at which character the bad part begins.
    """
    comparison = next((known for known in COMPARISONS if known == given), None)
    value = text.strip()
    at = place + len(given) + len(text) - len(text.lstrip())
    if comparison is None or (name in WORDS and comparison != "="):
        raise FilterError(_comparison_wanted(name, given, place))
    return PhotoAlternative(name, comparison, read_value(name, value, at))


def _comparison_wanted(name: str, given: str, place: int) -> str:
    found = gettext("A comparison is missing at character %(place)s.")
    if given:
        found = gettext("Unknown comparison %(given)s at character %(place)s.")
    use = gettext("Use =, >=, >, <= or <, e.g. %(example)s.")
    if name in WORDS:
        use = gettext("Use =, e.g. %(example)s.")
    words = f"{found} {use}"
    return words % {"given": quoted(given), "place": place, "example": EXAMPLES[name]}


def near_photo_names(name: str) -> list[str]:
    """The names, of those that are about a photo, that look like `name`."""
    return get_close_matches(name.lower(), PHOTO_NAMES, cutoff=0.65)
