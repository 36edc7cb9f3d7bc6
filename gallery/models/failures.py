"""Why the analysis of a photo failed: its row keeps it in English, a page translates it."""

import re

from django.utils.translation import gettext, gettext_noop

UNEXPECTED = gettext_noop("The analysis failed (%(kind)s).")
KIND = re.compile(re.escape(UNEXPECTED).replace(re.escape("%(kind)s"), r"(\w+)"))


def unexpected(error: Exception) -> str:
    """What a row keeps of an error that nothing here knows."""
    return UNEXPECTED % {"kind": type(error).__name__}


def in_words(failure: str) -> str:
    """The failure that a row keeps, translated."""
    if found := KIND.fullmatch(failure):
        return gettext(UNEXPECTED) % {"kind": found[1]}
    return gettext(failure)
