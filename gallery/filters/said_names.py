"""Names in a sentence: "smiling women in the gallery Summer, answered by me".

Names can be any words, so they are taken out before the rest is cut into phrases.
"""

import re
from re import Match

from gallery.filters.claims import Claim
from gallery.filters.expression import Term
from gallery.filters.photo_terms import ME, PhotoAlternative

NOT = r"(?P<denied>\b(?:not|nicht)\s+)?"
QUOTED = r"[\"“„](?P<quoted>[^\"“”„]+)[\"“”]"
# A gallery's name without quotation marks ends at a comma, or where the sentence goes on.
GALLERY = re.compile(
    rf"{NOT}\b(?:in|from|aus)\s+(?:(?:the|my|der|meiner)\s+)?(?:gallery|galerie)\s+"
    rf"(?:{QUOTED}|(?P<plain>[^,;.\"“„]+?)(?=\s*(?:$|[,;.])|\s+(?:and|with|without|answered|who|"
    r"und|mit|ohne|von|die)\b))",
    re.IGNORECASE,
)
PERSON = rf"(?:{QUOTED}|(?P<plain>[\w@+-](?:[\w.@+-]*[\w@+-])?))"
ANSWERED = re.compile(rf"{NOT}\b(?:answered\s+by|beantwortet\s+von)\s+{PERSON}", re.IGNORECASE)
ANSWERED_LAST = re.compile(rf"{NOT}\bvon\s+{PERSON}\s+beantwortet\b", re.IGNORECASE)
KINDS = ((GALLERY, "gallery"), (ANSWERED, "by"), (ANSWERED_LAST, "by"))
ME_IN_GERMAN = "mir"


def take_names(text: str) -> tuple[str, list[Claim]]:
    """Split a sentence: the text without its galleries and people, and the claims about those."""
    claims: list[Claim] = []
    for pattern, name in KINDS:

        def take(found: Match[str], name: str = name) -> str:
            claims.append(_claim(found, name))
            return " "

        text = pattern.sub(take, text)
    return text, claims


def _claim(found: Match[str], name: str) -> Claim:
    value = (found["quoted"] or found["plain"]).strip()
    if name == "by" and value.lower() == ME_IN_GERMAN:
        value = ME
    part = PhotoAlternative(name, "=", value, is_denied=bool(found["denied"]))
    return Claim(found[0].strip(), [Term((part,))])
