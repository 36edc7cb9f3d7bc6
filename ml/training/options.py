"""Options: dataclass fields with a help text and limits, for flags and files alike."""

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction
from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from typing import Any, get_args, get_origin

WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}
LISTS = {int: "a list of whole numbers", str: "a list of words"}


def option(
    default: Any,
    help: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    choices: tuple[Any, ...] = (),
) -> Any:
    """A dataclass field with a default, a help text and the values it accepts."""
    limits = {"help": help, "at_least": at_least, "at_most": at_most, "choices": choices}
    return field(default=default, metadata=limits)


def check_options(options: Any) -> None:
    """Convert each field of a frozen dataclass to its type, such as a list to a tuple.

    Raises:
        ValueError: a value has the wrong type or is outside its limits; the message names it.
    """
    for each in fields(options):
        if not is_dataclass(each.type):
            value = _checked(each.name, getattr(options, each.name), each.type, each.metadata)
            object.__setattr__(options, each.name, value)


def _checked(name: str, value: Any, kind: Any, limits: Mapping[str, Any]) -> Any:
    if get_origin(kind) is tuple:
        each = get_args(kind)[0]
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{name} is {LISTS[each]}, not {value!r}")
        return tuple(_checked(name, one, each, limits) for one in value)
    accepted = (int, float) if kind is float else kind  # JSON writes 1.0 as 1
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name} is {WORDS[kind]}, not {value!r}")
    _check_limits(name, value, limits)
    return kind(value)


def _check_limits(name: str, value: Any, limits: Mapping[str, Any]) -> None:
    if limits["choices"] and value not in limits["choices"]:
        choices = ", ".join(str(choice) for choice in limits["choices"])
        raise ValueError(f"{name} is one of {choices}, not {value!r}")
    # "not >=" instead of "<", so that NaN is refused too.
    if limits["at_least"] is not None and not value >= limits["at_least"]:
        raise ValueError(f"{name} is at least {limits['at_least']}, not {value}")
    if limits["at_most"] is not None and not value <= limits["at_most"]:
        raise ValueError(f"{name} is at most {limits['at_most']}, not {value}")


def add_arguments(parser: ArgumentParser, options: type) -> None:
    """Add a flag for each option of a dataclass. The result has only the flags that were given.

    `check_options` checks the limits, so that flags and files get the same messages.
    """
    group = parser.add_argument_group(options.__name__)
    for each in fields(options):
        if isinstance(each.type, type) and is_dataclass(each.type):
            add_arguments(parser, each.type)
            continue
        kind: Any = {"type": each.type}
        if each.type is bool:
            kind = {"action": BooleanOptionalAction}
        elif get_origin(each.type) is tuple:
            kind = {"type": get_args(each.type)[0], "nargs": "*"}
        value: Any = each.default
        default = " ".join(map(str, value)) if "nargs" in kind else value
        choices = ", ".join(str(choice) for choice in each.metadata["choices"])
        words = f"{each.metadata['help']}{f' ({choices})' if choices else ''}; default {default!r}"
        flag = f"--{each.name.replace('_', '-')}"
        group.add_argument(flag, default=SUPPRESS, help=words.replace("%", "%%"), **kind)
