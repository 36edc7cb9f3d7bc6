"""A filter said in a sentence, in English or German: "smiling woman without glasses, dark hair".

There is no grammar: phrases are read in order, and a few words say how the next one is meant.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext

from gallery.filters.claims import Claim, as_meant, check, joined
from gallery.filters.expression import Expression, Term
from gallery.filters.face_counts import with_counts
from gallery.filters.parsing import parse
from gallery.filters.phrases import Item, read_items
from gallery.filters.reading import Reading
from gallery.filters.said_names import take_names
from gallery.filters.terms import FilterError
from gallery.models.saved_filter import MAX_LENGTH

ENDS = ("COMMA", "AND", "OR", "BUT")
REACH = 20  # phrases ahead that one may depend on
SILENT = ("SKIP", "ARTICLE", "ONE", "COMPARISON", "TO", "BETWEEN", "OR_MORE", "OR_LESS")


def read_sentence(text: str) -> Reading:
    """Read a sentence, or a filter expression.

    Raises:
        FilterError: it is too long, contradicts itself, or asks for what no filter can say.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(
            gettext("The sentence is too long: at most %(most)s characters.") % {"most": MAX_LENGTH}
        )
    if re.search("[<>=|]", text):
        return Reading(parse(text))
    try:
        return Reading(parse(text))
    except FilterError:
        rest, named = take_names(text)
        return _Reader(list(with_counts(read_items(rest))), claims=named).read()


@dataclass
class _Scope:
    """How the next phrase is meant, and once it is `used`, perhaps those joined to it.

    `form` is "yes", "no", "unsure" or "either", `word` the role of the word that said so.
    """

    form: str = "yes"
    word: str = ""
    used: bool = False

    @property
    def denies(self) -> bool:
        """Whether it still waits for what it denies."""
        return self.form == "no" and not self.used


@dataclass
class _Reader:
    """Reads the phrases of one sentence, from the first to the last."""

    items: Sequence[Item]
    place: int = 0
    scope: _Scope = field(default_factory=_Scope)
    join: str = ""  # the role of the joining word before the next phrase
    claims: list[Claim] = field(default_factory=list)
    pronouns: list[Claim] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    match: str = ""
    fresh: bool = False  # something was asked for since the last comma or "and"
    article: bool = False  # "a" has come since the last phrase
    strayed: bool = False  # so has an unknown word
    shown: bool = False  # "show" has come, so that "all" says nothing about faces

    def read(self) -> Reading:
        """What the sentence asks for."""
        for place, item in enumerate(self.items):
            self.place = place
            self._read(item)
        claims = [*self.pronouns, *self.claims]
        check(claims)
        terms = dict.fromkeys(term for claim in claims for term in claim.terms)
        # Read again, what came out keeps to the limits of every filter.
        expression = parse(str(Expression(tuple(terms))))
        return Reading(expression, tuple(dict.fromkeys(self.unknown)), self.match)

    def _read(self, item: Item) -> None:
        if item.asks:
            self._ask(item)
        elif item.role in READERS:
            READERS[item.role](self, item)
        elif item.role not in SILENT:
            self.unknown.append(item.text)
            self.strayed = True

    # --- What is asked for

    def _ask(self, item: Item) -> None:
        terms = list(item.meaning.wanted.terms)
        if item.meaning.kind == "pronouns":  # "not sure whether he is bald"
            self.pronouns.append(Claim(item.text, terms))
        else:
            self._claim(item, terms)

    def _claim(self, item: Item, terms: list[Term]) -> None:
        carried = self.scope.used and self._carries(item)
        if self.scope.used and not carried:
            self.scope = _Scope()
        claim = Claim(item.text, as_meant(self.scope.form, terms))
        parts = carried and self.scope.form != "unsure"  # "no hat or glasses" is two claims
        if self.join == "OR" and self.claims and not parts:
            claim = joined(self.claims.pop(), claim)
        if claim.terms:
            self._add(claim)
        self.scope.used = True
        self.join, self.article, self.strayed = "", False, False

    def _add(self, claim: Claim) -> None:
        self.claims.append(claim)
        self.fresh = True

    def _carries(self, item: Item) -> bool:
        """Whether the last "no" or "maybe" holds for this phrase too."""
        if self.join == "OR":
            return self.scope.form != "yes"
        if self.scope.word not in ("NO", "WITHOUT", "NEITHER") or item.meaning.kind != "things":
            return False
        if self.join == "AND":  # "no hat and glasses", but not "no hat and a beard"
            return self.scope.word != "NO" or not self.article
        return self.join == "COMMA" and self._is_in_list()

    def _is_in_list(self) -> bool:
        """Whether things go on up to the list's last: "hat, tie or beard"."""
        lasts = ("OR",) if self.scope.word == "NO" else ("OR", "AND")
        for item in self._following():
            if item.role in lasts:
                return True
            if not (item.role in ("COMMA", "ARTICLE") or item.meaning.kind == "things"):
                return False
        return False

    # --- Yes, no and unsure

    def _deny(self, item: Item) -> None:
        if item.role in ("NO", "NOT") and self._comes_after():
            self._revise("no")
        elif self.scope.denies:  # "not without"
            self.scope = _Scope("yes", item.role)
        elif self.scope.form != "unsure" or self.scope.used:  # "maybe no hat" is unsure
            self.scope = _Scope("no", item.role)

    def _comes_after(self) -> bool:
        """Whether this is about the phrase before: the "nicht" of "lächelt nicht"."""
        after = self._next()
        return self.fresh and (after is None or after.role in ENDS)

    def _revise(self, form: str) -> None:
        claim = self.claims[-1]
        claim.terms = as_meant(form, claim.terms)

    def _nor(self, item: Item) -> None:
        if self.scope.form == "no":
            self.scope, self.join = _Scope("no", "NEITHER"), "AND"

    def _doubt(self, item: Item) -> None:
        if self._comes_after():
            self._revise("unsure")
        else:
            self.scope = _Scope("unsure", item.role)

    def _affirm(self, item: Item) -> None:
        self._end_stray()
        if self.scope.used and self.scope.word != "NOT":  # "not smiling or wearing a hat"
            self.scope = _Scope()

    def _turn(self, item: Item) -> None:
        self.scope, self.join, self.fresh = _Scope(), "AND", False

    def _accept(self, item: Item) -> None:
        self.scope = _Scope("either", item.role)

    # --- What joins

    def _and(self, item: Item) -> None:
        self._separate()
        if self.join != "OR":
            self.join = item.role

    def _or(self, item: Item) -> None:
        self.join = "OR"

    def _comma(self, item: Item) -> None:
        self._separate()
        before = self.items[self.place - 1] if self.place else None
        self.join = "OR" if before and before.in_choice else "COMMA"

    def _end_stray(self) -> None:
        """Let "no" deny nothing more if an unknown word took it: "no tattoos, smiling"."""
        if self.strayed:
            self.scope.used, self.join, self.strayed = True, "", False

    def _separate(self) -> None:
        self._end_stray()
        self.fresh = False

    def _article(self, item: Item) -> None:
        self.article = True

    # --- Whose faces

    def _every(self, item: Item) -> None:
        after = self._next()
        if self.scope.denies:  # "not everyone smiles": one does not
            self.match = "any"
        elif not self.shown and not (after and after.role == "PHOTO"):
            self.match = "every"

    def _any(self, item: Item) -> None:
        if self.scope.denies:
            self._nobody(item)
        else:
            self.match = "any"

    def _nobody(self, item: Item) -> None:
        if self._asks_more():
            self.scope, self.match = _Scope("no", "NOT"), "every"
        else:
            self._add(Claim(item.text, list(parse("faces=0").terms)))
            self.scope = _Scope()

    def _both(self, item: Item) -> None:
        after = self._next()
        if after and after.meaning.kind == "things":  # "both a hat and glasses"
            return
        self._add(Claim(item.text, list(parse("faces=2").terms)))
        self.match = "every"

    def _people(self, item: Item) -> None:
        if self.scope.denies and not self.strayed:
            self._nobody(item)

    def _show(self, item: Item) -> None:
        self.shown = True

    def _photo(self, item: Item) -> None:
        self.shown = False

    def _next(self) -> Item | None:
        """The next phrase that says something."""
        after = self._following()
        return next((item for item in after if item.role not in ("SKIP", "ARTICLE")), None)

    def _following(self) -> Iterator[Item]:
        return islice(self.items, self.place + 1, self.place + 1 + REACH)

    def _asks_more(self) -> bool:
        """Whether something is asked for before the next comma."""
        for item in self._following():
            if item.asks or item.role in ("COMMA", "BUT"):
                return item.asks
        return False


READERS: dict[str, Callable[[_Reader, Item], None]] = {
    "NO": _Reader._deny,
    "NOT": _Reader._deny,
    "WITHOUT": _Reader._deny,
    "NEITHER": _Reader._deny,
    "NOR": _Reader._nor,
    "MAYBE": _Reader._doubt,
    "WITH": _Reader._affirm,
    "BUT": _Reader._turn,
    "EITHER_WAY": _Reader._accept,
    "AND": _Reader._and,
    "OR": _Reader._or,
    "COMMA": _Reader._comma,
    "ARTICLE": _Reader._article,
    "EVERY": _Reader._every,
    "ANY": _Reader._any,
    "NOBODY": _Reader._nobody,
    "BOTH": _Reader._both,
    "PEOPLE": _Reader._people,
    "SHOW": _Reader._show,
    "PHOTO": _Reader._photo,
}
