"""What people are told after an answer, with the way back."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest

from gallery.corrections import Answered
from ml.attributes import BY_NAME


@dataclass(frozen=True)
class Notice:
    """Words, and the batch of answers that an undo would take back, if any."""

    words: str
    batch: UUID | None = None


def tell(request: HttpRequest, notice: Notice) -> None:
    """Show the notice on the next page."""
    messages.success(request, notice.words, extra_tags=str(notice.batch or ""))


def answered_notice(attribute: str, is_yes: bool, answered: Answered) -> Notice:
    """What an answer changed, e.g. "30 faces are now not Smiling."."""
    label, count = BY_NAME[attribute].label, answered.count
    if count == 0:
        return Notice(f"That was the answer already: {label}, {'yes' if is_yes else 'no'}.")
    faces = "1 face is" if count == 1 else f"{count:,} faces are"
    return Notice(f"{faces} now {'' if is_yes else 'not '}{label}.", answered.batch)
