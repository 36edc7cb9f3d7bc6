"""Facts about a training run: as files and snapshots hold them, and as people read them."""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]

UNSET = (None, "")  # values that say nothing
# Settings as earlier versions wrote them: under another name, or before the code fixed their value.
RENAMED = {"optimiser": "optimizer"}
SWITCHES = ("compile",)  # were true or false, and have a third state now
LISTED = ("teacher",)  # lists today, one word before
RETIRED = {"gamma": 2.0, "gamma_negative": 4.0, "clip": 0.05, "precision": "bf16"}


def with_current_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of any version under today's names: every reader of stored ones calls this.

    A retired one that had another value than today's code stays, for the reader to refuse.
    """
    kept = {name: v for name, v in settings.items() if name not in RETIRED or v != RETIRED[name]}
    kept = {RENAMED.get(name, name): value for name, value in kept.items()}
    return {name: _of_today(name, value) for name, value in kept.items()}


def _of_today(name: str, value: Any) -> Any:
    if name in SWITCHES:
        return str(value).lower()
    if name in LISTED and isinstance(value, str):
        return [value] if value else []
    return value


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
