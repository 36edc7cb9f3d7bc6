"""How far an attribute's answers can be relied on."""

from dataclasses import dataclass

from ml.models import ModelVersion

WEAK = ("poor", "fair")


@dataclass(frozen=True)
class Grade:
    """The grade of an attribute that the model does not recognize well, and the reason."""

    word: str
    reason: str


def weak_grade(version: ModelVersion | None, name: str) -> Grade | None:
    """The attribute's grade if the version does not recognize it well; None if it does."""
    graded = version.reliability.get(name, {}) if version else {}
    if graded.get("grade") not in WEAK:
        return None
    return Grade(graded["grade"], graded.get("reason", ""))
