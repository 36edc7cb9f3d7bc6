"""What people call their files and things: kept as it is, as far as it is safe to show."""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST = 255  # characters

# What turns the order of letters round, and what nobody sees. Other marks without a width shape the
# letters around them, in emoji (U+200D) and in Arabic, Hebrew and Indian scripts.
UNSAFE = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2064\ufeff\u00ad\ud800-\udfff]")
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # called letters or signs, but drawn as nothing
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# The first bytes of each accepted kind of file, and an ending for it.
BEGINNING = 12  # bytes that identify the kind
BEGINNINGS = (
    (re.compile(rb"\xff\xd8"), ".jpg"),
    (re.compile(rb"\x89PNG"), ".png"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"....ftypavif", re.DOTALL), ".avif"),
    (re.compile(rb"....ftyp", re.DOTALL), ".heic"),
    (re.compile(rb"II\*\0|MM\0\*"), ".tif"),
    (re.compile(rb"GIF8"), ".gif"),
)
ENDING = re.compile(r"\.(jpe?g|jpe|jfif?|png|webp|hei[cf]|hif|avif|tiff?|gif|mpo)$", re.IGNORECASE)


def clean_name(name: str) -> str:
    """A file's name without path and what is not safe to show, at most LONGEST, never empty."""
    name = safe_text(PurePosixPath(name.replace("\\", "/")).name)
    name = name.lstrip(". ").rstrip()
    if len(name) > LONGEST:
        ending = ENDING.search(name)
        tail = ending[0] if ending else ""
        name = name[: LONGEST - len(tail)] + tail
    return name if is_seen(name) else "photo"


def safe_text(text: str) -> str:
    """The text without what is not safe to show, with a space for each run of controls."""
    return CONTROL.sub(" ", UNSAFE.sub("", unicodedata.normalize("NFC", text)))


def is_seen(name: str) -> bool:
    """Whether anything of it is: not if it has only blanks, controls or combining marks."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in BLANK for c in name)


def without_ending(name: str) -> str:
    """A picture's name without `.jpg` and the like: another dot belongs to the name."""
    return ENDING.sub("", name)


def ending_of(name: str, beginning: bytes) -> str:
    """The ending of a picture's file by its name, or else by what it is, from its first bytes."""
    if found := ENDING.search(name):
        return found[0]
    endings = (ending for pattern, ending in BEGINNINGS if pattern.match(beginning))
    return next(endings, ".jpg")
