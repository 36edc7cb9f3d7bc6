"""Resolves the names in a filter for whoever asks: `by=me`, `gallery=Summer`, `model=active`.

Another person's account or gallery is treated like one that does not exist.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from gallery.filters.expression import Expression, Term
from gallery.filters.file_names import write_name
from gallery.filters.photo_terms import ACTIVE, ME, PhotoAlternative
from gallery.filters.terms import FilterError, did_you_mean, quoted
from gallery.models import Correction, Gallery
from gallery.models.gallery import LinkHolder, Visitor
from gallery.names import safe_text
from ml.models import ModelVersion

SHORTEST = 4  # characters of a hash that identify a model, at least

Asker = Visitor | LinkHolder | None


def bound(expression: Expression, asker: Asker) -> Expression:
    """The filter with its names resolved to keys; an unknown name finds nothing."""
    if not any(map(_named, expression.terms)):
        return expression
    return Expression(tuple(_bound(term, asker) for term in expression.terms))


def check_names(expression: Expression, asker: Asker) -> None:
    """Raise FilterError, with similar names, for the first unknown name."""
    for part in (part for term in expression.terms for part in _named(term)):
        kind = KINDS[part.name]
        if part.value.lower() in kind.always or _keys(part, asker):
            continue
        known = kind.known(asker) if isinstance(asker, User) else ()
        near = _similar(part.value, [*kind.always, *known])
        words = gettext(kind.unknown) % {"name": quoted(part.value)}
        raise FilterError(f"{words} {did_you_mean(near)}" if near else words)


def _named(term: Term) -> list[PhotoAlternative]:
    return [part for part in term.of_photo if part.name in KINDS]


def _bound(term: Term, asker: Asker) -> Term:
    if not _named(term):
        return term
    return Term(
        tuple(
            replace(part, keys=_keys(part, asker)) if part.name in KINDS else part
            for part in term.of_photo
        )
    )


def _keys(part: PhotoAlternative, asker: Asker) -> tuple[int, ...]:
    return tuple(KINDS[part.name].find(part.value, asker)) if isinstance(asker, User) else ()


def _similar(name: str, known: Iterable[str]) -> list[str]:
    """The most similar names, as a filter writes them."""
    spelt = {folded(each): each for each in known}
    near = get_close_matches(folded(name)[:50], spelt)
    return [write_name(spelt[each]) for each in near]


def folded(name: str) -> str:
    """Normalize a name for comparison: ignore case and invisible characters."""
    return safe_text(name).strip().casefold()


# --- Each kind of name --------------------------------------------------------------------------


def _people(name: str, asker: User) -> Iterable[int]:
    """The person with this name, among those whose answers the asker may see."""
    if name.lower() == ME or folded(name) == folded(asker.username):
        return [asker.pk]
    seen = Correction.objects.visible_to(asker)
    people = User.objects.filter(username__iexact=name).values_list("pk", flat=True)
    return [pk for pk in people if seen.filter(person=pk).exists()]


def _who_answered(asker: User) -> Iterable[str]:
    seen = Correction.objects.visible_to(asker).order_by().exclude(person=None)
    return seen.values_list("person__username", flat=True).distinct()


def _galleries(name: str, asker: User) -> Iterable[int]:
    """The galleries with that name among those that the asker sees; there may be several."""
    rows = Gallery.objects.visible_to(asker).order_by().values_list("pk", "name")
    return [pk for pk, known in rows if folded(known) == folded(name)]


def _gallery_names(asker: User) -> Iterable[str]:
    return Gallery.objects.visible_to(asker).order_by().values_list("name", flat=True)


def _models(name: str, asker: User) -> Iterable[int]:
    """The active version, or those whose name matches, or whose hash begins so."""
    versions = ModelVersion.objects.order_by().values_list("pk", flat=True)
    if name.lower() == ACTIVE:
        return versions.filter(is_active=True)
    wanted = Q(name__iexact=name)
    if len(name) >= SHORTEST:
        wanted |= Q(sha256__startswith=name.lower())
    return versions.filter(wanted)


def _model_names(asker: User) -> Iterable[str]:
    return ModelVersion.objects.order_by().values_list("name", flat=True)


@dataclass(frozen=True)
class Kind:
    """How a kind of name is looked up, and which words are always valid names."""

    unknown: str
    find: Callable[[str, User], Iterable[int]]
    known: Callable[[User], Iterable[str]]
    always: tuple[str, ...] = ()


KINDS = {
    "by": Kind(
        unknown=gettext_noop("Nobody called %(name)s has answered here."),
        find=_people,
        known=_who_answered,
        always=(ME,),
    ),
    "gallery": Kind(
        unknown=gettext_noop("Unknown gallery %(name)s."),
        find=_galleries,
        known=_gallery_names,
    ),
    "model": Kind(
        unknown=gettext_noop("Unknown model %(name)s."),
        find=_models,
        known=_model_names,
        always=(ACTIVE,),
    ),
}
