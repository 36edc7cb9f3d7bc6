"""What people are told after an answer, with the way back."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest

from gallery.answers.corrections import Answered
from gallery.answers.undo import Undone
from gallery.models import Correction, Face
from ml.attributes import BY_NAME


@dataclass(frozen=True)
class Notice:
    """Words, and what an undo would take back, if anything: a batch, or a withdrawn answer."""

    words: str
    batch: UUID | None = None
    gone: tuple[str, str] | None = None  # the withdrawn answer: the id of its form, and yes or no


def tell(request: HttpRequest, notice: Notice) -> None:
    """Show the notice on the next page."""
    messages.success(request, notice.words, extra_tags=str(notice.batch or ""))


def answered_notice(attribute: str, is_yes: bool, answered: Answered) -> Notice:
    """What an answer changed, e.g. "30 faces are now not Smiling"."""
    label, count = BY_NAME[attribute].label, answered.count
    if count == 0:
        return Notice(f"That was the answer already: {label}, {'yes' if is_yes else 'no'}.")
    faces = "1 face is" if count == 1 else f"{count:,} faces are"
    return Notice(f"{faces} now {'' if is_yes else 'not '}{label}.", answered.batch)


def withdrawn_notice(face: Face, attribute: str, said: Correction | None) -> Notice:
    """That the model's answer counts again; `said` is the answer that was withdrawn, if any."""
    words = f"{BY_NAME[attribute].label}: the model's answer counts again."
    if said is None:
        return Notice(words)
    return Notice(words, gone=(f"answer-{face.uuid}-{attribute}", "yes" if said.is_yes else "no"))


def undone_notice(undone: Undone) -> Notice:
    """What an undo took back, e.g. "3 answers were taken back"."""
    words = []
    if undone.boxes:
        boxes = f"{undone.boxes:,} boxes are as before."
        words.append("The face is back." if undone.boxes == 1 else boxes)
    if undone.answers:
        answers = "1 answer was" if undone.answers == 1 else f"{undone.answers:,} answers were"
        words.append(f"{answers} taken back.")
    return Notice(" ".join(words))
