"""Reads the variables that the settings ask for, from the environment and the file `.env`.

The environment wins over the file, and an empty variable counts as unset. What cannot be read is
refused in one line that names the variable, its value and what is accepted.
"""

import os
import re
from collections.abc import Iterable, MutableMapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

from celebattr.values import Kind

T = TypeVar("T")
D = TypeVar("D")

# A quoted value ends with its quote. Any other ends where a comment begins: at a `#` that follows
# a blank, because passwords may hold a `#`.
LINE = re.compile(
    r"""\s* (?:export\s+)? (?P<name>[A-Za-z_]\w*) \s* =
    (?: \s*'(?P<single>[^']*)'
      | \s*"(?P<double>(?:\\.|[^"\\])*)"
      | (?P<bare>(?:\#|\s*[^'"\s\#]).*?|) )
    (?: \s+\#.* )? \s*""",
    re.VERBOSE,
)
# Names that other programs read, which people keep in the same file.
FOREIGN = (
    "COMPOSE_",
    "CUDA_",
    "DJANGO_",
    "DOCKER_",
    "GUNICORN_",
    "MINIO_",
    "NCCL_",
    "OMP_",
    "POSTGRES_",
    "PYTHON",
    "REDIS_PASSWORD",
    "TORCH_",
    "WEB_CONCURRENCY",
)


class Environment:
    def __init__(self, file: Path, variables: MutableMapping[str, str] = os.environ) -> None:
        self.file = file
        self.written = read_file(file)
        self.variables = variables
        self.asked: set[str] = set()
        for name, value in self.written.items():
            variables.setdefault(name, value)  # for the processes that this one starts, too

    def read(self, name: str, kind: Kind[T], default: D) -> T | D:
        """The variable's value, or the default if it is unset."""
        self.asked.add(name)
        text = self.variables.get(name, "").strip()
        if not text:
            return default
        try:
            return kind.convert(text)
        except ValueError:
            source = self.file.name if self.written.get(name) == text else "the environment"
            reason = f"{name} in {source} is {_shown(text)}. {kind.accepted}"
            raise ImproperlyConfigured(reason) from None

    def required(self, name: str) -> str:
        """The text of a variable that has no default."""
        self.asked.add(name)
        text = self.variables.get(name, "").strip()
        if not text:
            similar = _nearest(name, set(self.written) - self.asked)
            hint = f"{self.file.name} has {similar}." if similar else "See .env.example."
            raise ImproperlyConfigured(f"{name} is not set. {hint}")
        return text

    def refuse_unknown_names(self) -> None:
        """Refuse a name in the file that no setting has asked for: it is probably misspelled."""
        for name in self.written:
            if name not in self.asked and not name.startswith(FOREIGN):
                similar = _nearest(name, self.asked)
                hint = f"Did you mean {similar}?" if similar else ".env.example lists them all."
                raise ImproperlyConfigured(f"{name} in {self.file.name} is not a setting. {hint}")


def read_file(path: Path) -> dict[str, str]:
    """The variables in a `.env` file; none if there is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors put a mark first
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ImproperlyConfigured(f"{path.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{path.name} is not UTF-8 text.") from None
    variables = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if not match:  # the line itself is not shown: it may hold a secret
            raise ImproperlyConfigured(f"Line {number} of {path.name} is not NAME=value.")
        variables[match["name"]] = _unquoted(match)
    return variables


def _unquoted(match: re.Match[str]) -> str:
    if match["double"] is not None:
        return re.sub(r"\\([^rnt])", r"\1", match["double"])
    return match["single"] if match["single"] is not None else match["bare"].strip()


def _nearest(name: str, names: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name.upper(), names, n=1)), None)


def _shown(text: str) -> str:
    """The text in quotes, shortened, without the password that a URL may hold."""
    hidden = re.sub(r"^([\w+.-]+://)?.*@", r"\1...@", text)
    return repr(hidden if len(hidden) <= 80 else hidden[:80] + "...")
