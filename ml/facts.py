"""Facts about a training run as people read them: what config.json nests, one by one, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]

UNSET = (None, "")  # values that say nothing


def flatten(facts: Mapping[str, Any], *above: str) -> Iterator[tuple[Path, Any]]:
    """Each fact with its path of names, those of nested dictionaries included."""
    for name, value in facts.items():
        path = (*above, name.replace("_", " "))
        if isinstance(value, Mapping):
            yield from flatten(value, *path)
        else:
            yield path, value


def in_words(value: Any) -> str:
    """A plain value as people read it; an unset one as a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(in_words, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "\N{EN DASH}" if value in UNSET else str(value)
