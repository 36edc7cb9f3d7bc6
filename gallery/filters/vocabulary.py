"""What words and phrases mean in a sentence, in English and German: `synonyms.txt`, read once."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path

from gallery.filters.expression import Expression
from gallery.filters.parsing import parse
from ml.attributes import ATTRIBUTES, BEARD, WEARING, fold

TABLE = Path(__file__).with_name("synonyms.txt")
# What "~" stands for.
ENDINGS = {"English": ("", "s", "es"), "German": ("", "e", "er", "es", "en", "em", "n", "s")}
UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue", "ẞ": "ss"}
)
MAX_WORDS = 6  # of a phrase

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Meaning:
    """What a phrase stands for.

    `role` is what it does in a sentence (AND, NOT, PEOPLE, ...), and "" if it asks for something:
    `wanted`. Of a number or a comparison, `value` is what the table says. `kind` is the part
    of the table: "people", "things", "looks" or "pronouns".
    """

    role: str
    kind: str = ""
    value: str = ""
    wanted: Expression = field(default_factory=Expression)

    @property
    def asks(self) -> bool:
        """Whether it asks for something."""
        return not self.role


@dataclass
class Language:
    """The phrases of one language, by the keys of their words."""

    endings: Sequence[str] = ("",)
    phrases: dict[Phrase, Meaning] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # by key, as the table spells them
    firsts: set[str] = field(default_factory=set)  # of phrases with two words: "black" of hair

    def add(self, phrase: Sequence[str], meaning: Meaning) -> None:
        """Add a phrase with all its endings, unless it is known."""
        for spelled in product(*map(self._spellings, phrase)):
            keys = tuple(map(key_of, spelled))
            self.phrases.setdefault(keys, meaning)
            for key, word in zip(keys, spelled, strict=True):
                self.words.setdefault(key, word)
            if len(keys) == 2 and meaning.asks:
                self.firsts.add(keys[0])

    def _spellings(self, word: str) -> list[str]:
        stem = word.removesuffix("~")
        return [stem + ending for ending in self.endings] if word.endswith("~") else [word]


def key_of(word: str) -> str:
    """What a word is looked up by: `Fröhliche` is `froehliche`, `she’s` is `she`."""
    plain = re.sub(r"['’]s$", "", word)
    if "/" in plain:
        return plain.lower()
    return fold(unicodedata.normalize("NFC", plain).translate(UMLAUTS)) or word


@cache
def languages() -> dict[str, Language]:
    """The languages of the table, by name. English knows the words of the attributes too."""
    known = {name: Language(endings) for name, endings in ENDINGS.items()}
    for name, phrase, meaning in read_table():
        known[name].add(phrase, meaning)
    for phrase, meaning in _words_of_attributes():
        known["English"].add(phrase, meaning)
    return known


def read_table() -> Iterator[tuple[str, list[str], Meaning]]:
    """Each phrase of the table with its language and its meaning."""
    language = kind = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language, kind = line.strip("[]").split(": ")
        elif line and not line.startswith("#"):
            named, phrases = line.split(": ", 1)
            meaning = _meaning(named, kind)
            yield from ((language, phrase.split(), meaning) for phrase in phrases.split(", "))


def languages_of(keys: Iterable[str]) -> list[Language]:
    """The languages, first the one with the most words that no other has."""
    votes: Counter[str] = Counter()
    for key in keys:
        knowing = [name for name, language in languages().items() if key in language.words]
        if len(knowing) == 1:
            votes[knowing[0]] += 1
    return [languages()[name] for name in sorted(languages(), key=lambda name: -votes[name])]


def _meaning(named: str, kind: str) -> Meaning:
    if named.isdigit():
        return Meaning("NUMBER", value=named)
    if named in (">=", ">", "<=", "<", "="):
        return Meaning("COMPARISON", value=named)
    if named.isupper():
        return Meaning(named)
    return Meaning("", kind, wanted=parse(named))


def _words_of_attributes() -> Iterator[tuple[list[str], Meaning]]:
    """The labels and words of the attributes; a word of several means any of them."""
    names: dict[str, list[str]] = {}
    kinds = {BEARD: "things", WEARING: "things"}
    for attribute in ATTRIBUTES:
        # "No beard" is what the sentence says with "no" and "beard".
        label = [] if attribute.label.startswith("No ") else [attribute.label]
        for phrase in [*label, *filter(None, attribute.words.split(","))]:
            names.setdefault(phrase.lower().replace("-", " ").strip(), []).append(attribute.name)
    group = {attribute.name: attribute.group for attribute in ATTRIBUTES}
    for phrase, found in names.items():
        yield phrase.split(), _meaning("|".join(found), kinds.get(group[found[0]], "looks"))
