"""Messages of the process that decodes, which knows only English.

They are translated where they are shown (see `gallery.uploads.gate`).
"""

from dataclasses import dataclass


def gettext_noop(message: str) -> str:
    """Mark a text for translation. Django's own would make this process large and slow to start."""
    return message


@dataclass(frozen=True)
class Words:
    """A part of a message, translated by itself, and its parameters."""

    message: str
    values: dict[str, object]

    def __str__(self) -> str:
        return self.message % self.values
