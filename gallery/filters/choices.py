"""What the filter panel shows of an expression, and what a click there makes of it.

The yes, unsure and no of an attribute are switches. Several that are on stand in one term, joined
by OR: `Smiling|?Smiling`. So do the yes of a group of which a face has one, such as the colors of
hair: `Black_Hair|Brown_Hair`.
"""

from typing import Any

from gallery.filters.expression import Expression, Term
from gallery.filters.photo_terms import PhotoAlternative
from gallery.filters.terms import Alternative, Decision
from ml.attributes import BY_NAME, EXCLUSIVE_GROUPS, NAMES

DECISIONS: tuple[Decision, ...] = ("yes", "unsure", "no")


def is_on(expression: Expression, name: str, decision: Decision) -> bool:
    """Whether this decision about the attribute is one of those that the filter takes."""
    switch = Alternative(name, decision)
    return any(switch in term.of_face for term in expression.terms if _is_plain(term))


def threshold_of(expression: Expression, name: str) -> float | None:
    """The number in the attribute's own `>=` term; None if there is none."""
    term = _own_threshold(expression, name)
    return term.of_face[0].number if term else None


def chosen_names(expression: Expression) -> list[str]:
    """The attributes that the panel marks, in the data set's order."""
    chosen = {
        alternative.name
        for term in expression.terms
        if _is_plain(term) or _is_threshold(term)
        for alternative in term.of_face
    }
    return [name for name in NAMES if name in chosen]


def changed_term(expression: Expression, name: str, decision: Decision) -> Term | None:
    """The term that this switch changes; None if it would add one."""
    plain = [term for term in expression.terms if _is_plain(term)]
    own = [term for term in plain if any(one.name == name for one in term.of_face)]
    own += [term for term in [_own_threshold(expression, name)] if term]
    if not own and decision == "yes" and BY_NAME[name].group in EXCLUSIVE_GROUPS:
        own = [term for term in plain if _joins(term, BY_NAME[name].group)]
    return own[0] if own else None


def switched(expression: Expression, name: str, decision: Decision) -> Expression:
    """The same with this decision about the attribute turned on, or off if it was on."""
    switch, term = Alternative(name, decision), changed_term(expression, name, decision)
    parts = term.of_face if term and _is_plain(term) else ()  # an own threshold gives way
    return _replaced(expression, term, _toggled(parts, switch))


def asks_for_number(expression: Expression, number: PhotoAlternative) -> bool:
    """Whether this number of faces is one of those that the filter takes."""
    return any(number in term.of_photo for term in expression.terms if term.is_of_number)


def with_number_switched(expression: Expression, number: PhotoAlternative) -> Expression:
    """The same with this number of faces turned on, or off; several are joined by OR.

    A range of numbers, which takes two terms, gives way.
    """
    own = [term for term in expression.terms if term.is_of_number]
    parts = own[0].of_photo if len(own) == 1 else ()
    kept = Expression(tuple(term for term in expression.terms if term not in own[1:]))
    return _replaced(kept, own[0] if own else None, _toggled(parts, number))


def alone(expression: Expression, name: str, decision: Decision) -> Expression:
    """The same with this decision alone in place of the term that its switch changes."""
    switch, term = Alternative(name, decision), changed_term(expression, name, decision)
    return _replaced(expression, term, (switch,))


def with_threshold(expression: Expression, least: Alternative) -> Expression:
    """The same with this `>=` in place of the other terms that are about its attribute alone."""
    about = {least.name}
    places = [
        place
        for place, term in enumerate(expression.terms)
        if {one.name for one in term.of_face} == about and (_is_plain(term) or _is_threshold(term))
    ]
    first = places[0] if places else len(expression.terms)
    kept = [term for place, term in enumerate(expression.terms) if place not in places]
    return Expression((*kept[:first], Term((least,)), *kept[first:]))


def and_also(expression: Expression, more: Expression) -> Expression:
    """Both, where `more` takes the place of what is said about the same attributes and facts."""
    said = {one.name for term in more.terms for one in term.alternatives}
    kept = [
        term
        for term in expression.terms
        if not said.intersection(one.name for one in term.alternatives)
    ]
    return Expression((*kept, *more.terms))


def _toggled(parts: tuple[Any, ...], switch: Alternative | PhotoAlternative) -> tuple[Any, ...]:
    others = tuple(part for part in parts if part != switch)
    return others if switch in parts else (*parts, switch)


def _replaced(expression: Expression, old: Term | None, parts: tuple[Any, ...]) -> Expression:
    """The same with these alternatives in place of a term, or behind all terms for None."""
    terms = expression.terms
    place = terms.index(old) if old else len(terms)
    new = [Term(parts)] if parts else []
    return Expression((*terms[:place], *new, *terms[place + 1 :]))


def _is_plain(term: Term) -> bool:
    """Whether it asks for decisions about faces, not for thresholds or facts about the photo."""
    return bool(term.of_face) and all(one.form in DECISIONS for one in term.of_face)


def _is_threshold(term: Term) -> bool:
    return len(term.of_face) == 1 and term.of_face[0].form == ">="


def _own_threshold(expression: Expression, name: str) -> Term | None:
    terms = [term for term in expression.terms if _is_threshold(term)]
    return next((term for term in terms if term.of_face[0].name == name), None)


def _joins(term: Term, group: str) -> bool:
    """Whether another yes of the group belongs into this term."""
    return all(one.form == "yes" and BY_NAME[one.name].group == group for one in term.of_face)
