"""What an export contains. The file keeps it, so that a later export can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from gallery.exchange.rows import FaceRow
from gallery.filters.look import Look
from gallery.models import Gallery
from ml.models import ModelVersion


@dataclass
class Card:
    """The filter, the model and the time of an export, and what has been written so far.

    It comes last in a file: one that broke off has none.
    """

    version: ModelVersion | None
    asked: Mapping[str, Any] = field(default_factory=dict)  # gallery, filter and labels
    made_at: datetime = field(default_factory=timezone.now)
    faces: int = 0
    answers: int = 0

    @classmethod
    def of(
        cls, look: Look, *, labels: str, gallery: Gallery | None, version: ModelVersion | None
    ) -> "Card":
        """The card of what a look shows of a gallery, or of all."""
        asked = {
            "gallery": gallery and {"id": str(gallery.uuid), "name": gallery.name},
            "attrs": str(look.expression),
            "match": look.match,
            "labels": labels,
        }
        return cls(version, asked)

    def count(self, row: FaceRow) -> None:
        """Count a face that is in the file, and people's answers about it."""
        self.faces += 1
        self.answers += len(row.answers)

    def content(self) -> dict[str, Any]:
        """What the file says, as JSON's values."""
        version = self.version
        return {
            "made_at": self.made_at.isoformat(timespec="seconds"),
            **self.asked,
            "model": version and {"name": version.name, "hash": version.short},
            "faces": self.faces,
            "answers": self.answers,
        }
