"""How model versions were trained: what differs between them, and what is the same."""

from collections.abc import Iterator
from typing import Any

from ml.models import ModelVersion

UNKNOWN = "\N{EN DASH}"

Fact = tuple[str, list[str]]  # its name, and its value in each version


def compare_facts(versions: list[ModelVersion]) -> tuple[list[Fact], list[Fact]]:
    """The facts in which the versions differ, and those in which they agree."""
    of_each = [dict(_flat(version)) for version in versions]
    names = dict.fromkeys(name for facts in of_each for name in facts)
    facts = [(name, [facts.get(name, UNKNOWN) for facts in of_each]) for name in names]
    differing = [fact for fact in facts if len(set(fact[1])) > 1]
    return differing, [fact for fact in facts if len(set(fact[1])) == 1]


def _flat(version: ModelVersion) -> Iterator[tuple[str, str]]:
    """The version's facts by name; a training setting overrides a network size of its name."""
    yield "architecture", version.architecture
    if "initialised" in version.facts:
        yield "initial weights", _words(version.facts["initialised"])
    for section, prefix in (("network", ""), ("training", ""), ("data", "data ")):
        yield from _flatten(version.facts.get(section, {}), prefix)


def _flatten(facts: Any, name: str) -> Iterator[tuple[str, str]]:
    if not isinstance(facts, dict):
        yield name.strip().replace("_", " "), _words(facts)
        return
    for key, value in facts.items():
        yield from _flatten(value, f"{name}{key} ")


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return UNKNOWN if value in (None, "") else str(value)
