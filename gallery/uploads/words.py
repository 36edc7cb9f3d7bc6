"""Texts of the process that decodes, which knows no language but English.

They are translated where they are shown (see `gallery.uploads.gate`).
"""

from dataclasses import dataclass


def gettext_noop(message: str) -> str:
    """Put a text into the catalog. Django's own would make this process large and slow to start."""
    return message


@dataclass(frozen=True)
class Words:
    """A part of a sentence, to be translated by itself, and what it is filled in with."""

    message: str
    values: dict[str, object]

    def __str__(self) -> str:
        return self.message % self.values
