"""What was understood of a sentence, and what was not."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from django.utils.translation import gettext

from gallery.filters.expression import Expression
from gallery.filters.terms import quoted
from gallery.filters.vocabulary import key_of, languages

MAX_HINTS = 5


@dataclass(frozen=True)
class Reading:
    """What a sentence asks for.

    `unknown` are the words that mean nothing here, as they were written. `match` is "any" or
    "every", and "" if the sentence does not say.
    """

    expression: Expression
    unknown: tuple[str, ...] = ()
    match: str = ""

    @property
    def message(self) -> str:
        """Which words mean nothing here, with similar ones that do; "" if all were understood."""
        words = [*map(_with_hint, self.unknown[:MAX_HINTS])]
        words += map(quoted, self.unknown[MAX_HINTS:])
        return gettext("Not understood: %(words)s.") % {"words": ", ".join(words)} if words else ""


def _with_hint(word: str) -> str:
    near = get_close_matches(key_of(word)[:50], _spellings(), n=1, cutoff=0.85)
    if not near:
        return quoted(word)
    other = _spellings()[near[0]]
    return gettext("%(word)s (did you mean %(other)s?)") % {"word": quoted(word), "other": other}


@cache
def _spellings() -> dict[str, str]:
    """The words that ask for something as they are written, by their keys."""
    return {
        keys[0]: language.words[keys[0]]
        for language in languages().values()
        for keys, meaning in language.phrases.items()
        if len(keys) == 1 and meaning.asks
    }
