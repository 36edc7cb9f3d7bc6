"""A sentence cut into phrases that `vocabulary` knows, and words that it does not.

Words may share one: in "black or brown hair", `black` takes the hair of `brown`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gallery.filters.vocabulary import MAX_WORDS, Language, Meaning, key_of, languages_of

BREAKS = r"\s\x00-\x1f,;:.!?()/+&\-–—−\"“”„«»‹›<>=|~*#_\[\]{}\\^%$@`´"
TOKEN = re.compile(
    rf"""(?P<without>\bw/o\b)
    | (?P<minus> (?<![^\s,;(]) [-–—−!] (?=\w))
    | (?P<maybe> (?<![^\s,;(]) \? (?=\w))
    | (?P<more> (?<=[0-9]) \+)
    | (?P<range> (?<=[0-9]) \s? [-–] \s? (?=[0-9]))
    | (?P<slash> (?<=\w) / (?=\w))
    | (?P<both> &)
    | (?P<comma> [,;.!()/+\n])
    | (?P<word> [^{BREAKS}'’]+ (?:['’][^{BREAKS}'’]+)* (?:-(?=\s))?)""",
    re.VERBOSE | re.IGNORECASE,
)
# What symbols are called in the table.
SYMBOLS = {"minus": "-", "maybe": "?", "more": "+", "range": "–", "slash": "/", "both": "&"}
COMMA = Meaning("COMMA")
STRANGE = Meaning("UNKNOWN")
SAID = Meaning("SKIP")
REACH = 6  # words between two that share one

BETWEEN_SHARERS = {"AND", "OR", "COMMA", "SKIP", "ARTICLE", "UNKNOWN"}
AFTER_SHARED = {"OR", "SKIP", "NOT"}


@dataclass(frozen=True)
class Word:
    """A word as it was written, and what it is looked up by."""

    text: str
    key: str


@dataclass(frozen=True)
class Item:
    """A phrase of the sentence with its meaning.

    `in_choice` is true of `black` in "black, brown or gray hair": the comma after it is an "or".
    """

    text: str
    meaning: Meaning
    in_choice: bool = False

    @property
    def role(self) -> str:
        """What the phrase does in the sentence; "" if it asks for something."""
        return self.meaning.role

    @property
    def asks(self) -> bool:
        """Whether the phrase asks for something."""
        return self.meaning.asks


def split(text: str) -> list[Word]:
    """The words and symbols of a text."""
    words = []
    for found in TOKEN.finditer(text):
        kind = found.lastgroup or ""
        key = "," if kind == "comma" else SYMBOLS.get(kind) or key_of(found.group().rstrip("-"))
        words.append(Word(found.group(), key))
    return words


def read_items(text: str) -> list[Item]:
    """The phrases of a text, in order."""
    words = split(text)
    known = languages_of(word.key for word in words)
    return list(_Phrases(list(_completed(words, known)), known).items())


class _Phrases:
    """Looks for phrases in one sentence."""

    def __init__(self, words: list[Word], known: list[Language]) -> None:
        self.words = words
        self.known = known
        self.shared: set[int] = set()  # places of words whose meaning others took

    def items(self) -> Iterator[Item]:
        """The phrases; a word that only others needed is left out."""
        found: list[tuple[int, Item]] = []
        place = 0
        while place < len(self.words):
            size, item = self._item_at(place)
            found.append((place, item))
            place += size
        for place, item in found:
            if not (item.meaning is STRANGE and place in self.shared):
                yield item

    def _item_at(self, place: int) -> tuple[int, Item]:
        for size in range(min(MAX_WORDS, len(self.words) - place), 0, -1):
            words = self.words[place : place + size]
            meaning = self._meaning(*words)
            if meaning and (size > 1 or meaning.role != "UNKNOWN"):
                return size, Item(" ".join(word.text for word in words), meaning)
        word = self.words[place]
        item = self._before_shared(place) or self._after_shared(place) or self._shared(place)
        return 1, item or Item(word.text.rstrip("-"), STRANGE)

    def _meaning(self, *words: Word) -> Meaning | None:
        keys = tuple(word.key for word in words)
        if keys == (",",):
            return COMMA
        if len(keys) == 1 and re.fullmatch("[0-9]{1,4}", keys[0]):
            return Meaning("NUMBER", value=str(int(keys[0])))
        found = (language.phrases.get(keys) for language in self.known)
        return next((meaning for meaning in found if meaning), None)

    def _before_shared(self, place: int) -> Item | None:
        """`black` in "black or brown hair"."""
        word = self.words[place]
        roles = set()
        for other in range(place + 1, min(place + 1 + REACH, len(self.words))):
            if meaning := self._pair(word, self.words[other]):
                self.shared.add(other)
                return Item(word.text, meaning, in_choice="OR" in roles)
            roles.add(self._role(other))
            if not (self._role(other) in BETWEEN_SHARERS or self._is_first(other)):
                break
        return None

    def _after_shared(self, place: int) -> Item | None:
        """`black` in "hair is black", and in "hair brown or black"."""
        for other in range(place - 1, max(place - 1 - REACH, -1), -1):
            if meaning := self._pair(self.words[place], self.words[other]):
                self.shared.add(other)
                return Item(self.words[place].text, meaning)
            if not (self._role(other) in AFTER_SHARED or self._is_first(other)):
                break
        return None

    def _shared(self, place: int) -> Item | None:
        """`lips` in "big nose and lips"; `hair` in "hair is blond" says nothing more."""
        word = self.words[place]
        if place >= 3 and self._role(place - 1) in ("AND", "OR"):
            meaning = self._pair(self.words[place - 3], word)
            return Item(word.text, meaning) if meaning else None
        around = (place - 2, place + 1, place + 2)
        near = [self.words[other] for other in around if 0 <= other < len(self.words)]
        return Item(word.text, SAID) if any(self._pair(other, word) for other in near) else None

    def _pair(self, first: Word, last: Word) -> Meaning | None:
        meaning = self._meaning(first, last)
        return meaning if meaning and meaning.asks else None

    def _role(self, place: int) -> str:
        meaning = self._meaning(self.words[place])
        return meaning.role if meaning else ""

    def _is_first(self, place: int) -> bool:
        return any(self.words[place].key in language.firsts for language in self.known)


def _completed(words: list[Word], known: Iterable[Language]) -> Iterator[Word]:
    """The words; `schwarz-` before "oder braunhaarig" becomes `schwarzhaarig`."""
    for place, word in enumerate(words):
        if word.text.endswith("-") and len(word.text) > 1 and place + 2 < len(words):
            other = words[place + 2].key[:50]
            whole = [word.key + other[start:] for start in range(1, len(other))]
            fits = (key for key in whole if any(key in language.words for language in known))
            word = replace(word, key=next(fits, word.key))
        yield word
