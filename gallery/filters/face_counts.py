"""Numbers of faces in a sentence: "at least three people", "two smiling women", "2-3 faces"."""

from collections.abc import Iterator, Sequence

from gallery.filters.parsing import parse
from gallery.filters.phrases import Item
from gallery.filters.vocabulary import Meaning

GROUP = "faces>=3"  # "a group of women"
SEVERAL = "faces>=2"  # "several women"
BEFORE = ("GROUP", "COMPARISON", "BETWEEN")
OPEN_ENDED = {"OR_MORE": ">=", "OR_LESS": "<="}
REACH = 6  # phrases between a number and whom it counts


def with_counts(items: Sequence[Item]) -> Iterator[Item]:
    """The phrases, with those that count faces joined to one that asks for so many."""
    place = 0
    while place < len(items):
        size, asked = _count_at(items, place)
        if asked:
            text = " ".join(item.text for item in items[place : place + size])
            yield Item(text, Meaning("", "count", wanted=parse(asked)))
        else:
            yield items[place]
        place += size or 1


def _count_at(items: Sequence[Item], place: int) -> tuple[int, str]:
    """How many phrases count faces from here on, and the filter that they mean; or 0 and ""."""
    if _role(items, place) == "SEVERAL":
        return (1, SEVERAL) if _counts_people(items, place + 1) else (0, "")
    before: dict[str, str] = {}
    end = place
    while _role(items, end) in BEFORE and end < place + len(BEFORE):
        before[items[end].role] = items[end].meaning.value
        end += 1
    end, asked = _asked_at(items, end, before)
    if not asked:
        return (1, GROUP) if items[place].role == "GROUP" else (0, "")
    if "GROUP" in before or _stands_alone(items, place, end) or _counts_people(items, end):
        return end - place, asked
    return 0, ""


def _asked_at(items: Sequence[Item], place: int, before: dict[str, str]) -> tuple[int, str]:
    """Where the number that begins here ends, and the filter that it means; "" without a number."""
    comparison = before.get("COMPARISON", "")
    number = _number(items, place, after_comparison=bool(comparison))
    after = _role(items, place + 1)
    most = _number(items, place + 2)
    if number and most and (after == "TO" or (after == "AND" and "BETWEEN" in before)):
        return place + 3, f"faces>={number},faces<={most}"
    if number and after in OPEN_ENDED:
        return place + 2, f"faces{OPEN_ENDED[after]}{number}"
    return place + 1, number and f"faces{comparison or '='}{number}"


def _number(items: Sequence[Item], place: int, after_comparison: bool = False) -> str:
    role = _role(items, place)
    if role == "NUMBER":
        return items[place].meaning.value
    # "a man" says nothing about how many there are, "exactly a man" does.
    return "1" if role == "ONE" or (role == "ARTICLE" and after_comparison) else ""


def _stands_alone(items: Sequence[Item], place: int, end: int) -> bool:
    """Whether a number counts faces without saying so: "at least three", "all three smiling"."""
    if items[place].role == "COMPARISON":
        return _role(items, end) in ("COMMA", "END")
    after_all = place > 0 and items[place - 1].role == "EVERY"
    return after_all and _role(items, end) in ("", "WITH", "END")


def _counts_people(items: Sequence[Item], place: int) -> bool:
    """Whether the next noun is a person or a face: "two smiling women", not "two hats"."""
    strange = False
    for item in items[place : place + REACH]:
        if item.role == "PEOPLE" or item.meaning.kind == "people":
            return True
        strange |= item.role == "UNKNOWN"
        passes = item.role in ("SKIP", "ARTICLE", "OR", "NUMBER", "UNKNOWN", "AND")
        looks = item.asks and item.meaning.kind == "looks"
        if not (passes or looks) or (item.role == "AND" and strange):
            return False
    return False


def _role(items: Sequence[Item], place: int) -> str:
    return items[place].role if place < len(items) else "END"
