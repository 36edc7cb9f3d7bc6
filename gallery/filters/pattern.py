"""The filter expression as a regular expression of ECMA 262, by which the API's schema says it.

It has the names as CelebA writes them. `parse` forgives more: other cases, "Black hair", an en dash
for a minus, and brackets, which no regular expression can say.
"""

from gallery.filters.parsing import MAX_ALTERNATIVES
from gallery.filters.photo_values import DETECTORS, NAMED
from gallery.models import Photo
from ml.attributes import NAMES


def _any(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


def _listed(pattern: str, separator: str) -> str:
    """One or more of them."""
    return rf"{pattern}(?:\s*{separator}\s*{pattern})*"


NAME = _any(*NAMES)
FROM_0_TO_1 = _any(r"0+(?:\.[0-9]*)?", r"\.[0-9]+", r"0*1(?:\.0*)?")
# Blanks only after a minus: the separator before takes its own. If both could take them, a text
# that does not match would be tried in exponentially many ways.
NOT = r"(?:-\s*)?"
OF_FACE = _any(rf"[-?]\s*{NAME}", rf"{NAME}(?:\s*[<>]=?\s*{FROM_0_TO_1})?")

COMPARISON = r"\s*(?:[<>]=?|=)\s*"
LEAP_YEAR = _any("[0-9]{2}(?:0[48]|[2468][048]|[13579][26])", "(?:[02468][048]|[13579][26])00")
DATE = _any(
    "[0-9]{4}-"
    + _any(
        "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])",
        "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)",
        "02-(?:0[1-9]|1[0-9]|2[0-8])",
    ),
    f"{LEAP_YEAR}-02-29",
)
DAY = rf"(?!0000|0001-01-01|9999-12-31){DATE}"
SPAN = "(?!0000|9999-12)" + _any(DATE, "[0-9]{4}-(?:0[1-9]|1[0-2])", "(?!9999)[0-9]{4}")
# What a name may have: nothing that is not safe to show (`gallery.names`). Halves of pairs
# are not safe either, but not every engine has them, and where it has, emoji consist of them.
SHOWN = r'[^"\u0000-\u001f\u007f-\u009f\u00ad\u200b\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]'
SOME_NAME = _any("[A-Za-z0-9_.-]+", rf'"(?:{SHOWN}|"")+"')
OF_PHOTO = _any(
    f"faces{COMPARISON}[0-9]{{1,4}}",
    rf"status\s*=\s*{_any(*Photo.Status.values)}",
    f"date{COMPARISON}{DAY}",
    rf"{NOT}taken{COMPARISON}{SPAN}",
    rf"{NOT}{_any(*NAMED)}\s*=\s*{SOME_NAME}",
    rf"{NOT}detector\s*=\s*{_any(*DETECTORS)}",
    rf"{NOT}answered\s*=\s*{NAME}",
)

FEW_PARTS = rf"(?!(?:[^,|]*[,|]){{{MAX_ALTERNATIVES}}})"
TERM = _any(_listed(OF_FACE, r"\|"), _listed(OF_PHOTO, r"\|"))
EXPRESSION = rf"^{FEW_PARTS}\s*(?:{_listed(TERM, ',')}\s*)?$"
