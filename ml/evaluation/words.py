"""Shares in words that people grasp at once, e.g. "2 of 3"."""

PARTS = (2, 3, 4, 5, 10, 20, 100)
CLOSE = 0.031  # how far the words may be from the share


def share_in_words(share: float) -> str:
    """A share from 0 to 1, e.g. "1 in 5", "2 of 3", "all" or "none"."""
    if share < 0.005:
        return "none"
    if share < 0.1:
        return f"1 in {round(1 / share)}"
    for whole in PARTS:
        part = round(share * whole)
        if 0 < part < whole and abs(part / whole - share) <= CLOSE:
            return f"1 in {whole}" if part == 1 else f"{part} of {whole}"
    return "all"


def hits_in_words(share: float) -> str:
    """How many of the hits are right, e.g. "2 of 3 hits are right"."""
    words = share_in_words(share)
    return f"{words} hits {'is' if words.startswith('1 in') else 'are'} right"
