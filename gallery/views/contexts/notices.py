"""What people are told after what they did, with the way back."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from gallery.answers.corrections import Answered
from gallery.answers.undo import Undone
from gallery.exchange.imports import Imported
from gallery.filters.terms import marked_as
from gallery.labels import LABELS
from gallery.library.moves import Moved
from gallery.library.trash import Restored, Trashed
from gallery.models import Correction, Face, Gallery
from gallery.uploads.copying import Copied


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
    """What an answer changed, e.g. "Marked 30 faces as not smiling."."""
    words = marked_as(attribute, is_yes)
    if answered.count == 0:
        nothing = gettext("Nothing changed: already marked as %(words)s.")
        return Notice(nothing % {"words": words})
    marked = ngettext(
        "Marked %(number)s face as %(words)s.",
        "Marked %(number)s faces as %(words)s.",
        answered.count,
    )
    given = {"number": intcomma(answered.count), "words": words}
    return Notice(marked % given, answered.batch)


def withdrawn_notice(face: Face, attribute: str, said: Correction | None) -> Notice:
    """That the model's answer is back; `said` is the answer that was withdrawn, if any."""
    words = gettext("%(attribute)s: back to the model's answer.")
    words %= {"attribute": LABELS[attribute]}
    if said is None:
        return Notice(words)
    return Notice(words, gone=(f"answer-{face.uuid}-{attribute}", "yes" if said.is_yes else "no"))


def undone_notice(undone: Undone) -> Notice:
    """What an undo took back, e.g. "3 answers were taken back."."""
    words = []
    if undone.boxes:
        boxes = ngettext("The face is back.", "%(number)s boxes are back.", undone.boxes)
        words.append(boxes % {"number": intcomma(undone.boxes)})
    if undone.answers:
        answers = ngettext(
            "%(number)s answer was taken back.",
            "%(number)s answers were taken back.",
            undone.answers,
        )
        words.append(answers % {"number": intcomma(undone.answers)})
    return Notice(" ".join(words + restored_words(undone.restored)))


def imported_notice(imported: Imported) -> Notice:
    """How many answers and boxes of a file are new."""
    count = imported.applied + imported.drawn + imported.removed
    if not count:
        return Notice(gettext("No answer was added."))
    words = ngettext("%(number)s answer was added.", "%(number)s answers were added.", count)
    return Notice(words % {"number": intcomma(count)}, imported.batch)


# --- Photos and galleries -----------------------------------------------------------------------


def deleted_notice(trashed: Trashed, name: str = "") -> Notice:
    """That photos are in the trash, or gone for good; a single one is called by its name."""
    if trashed.batch is None:
        if name:
            return Notice(gettext("%(name)s was deleted.") % {"name": name})
        words = ngettext(
            "%(number)s photo was deleted.", "%(number)s photos were deleted.", trashed.count
        )
    elif name:
        words = gettext("%(name)s is in the trash.") % {"name": name}
        return Notice(words, trashed.batch)
    else:
        words = ngettext(
            "%(number)s photo is in the trash.",
            "%(number)s photos are in the trash.",
            trashed.count,
        )
    return Notice(words % {"number": intcomma(trashed.count)}, trashed.batch)


def gallery_notice(gallery: Gallery, batch: UUID | None) -> Notice:
    """That a gallery is in the trash, or gone for good."""
    words = gettext("“%(name)s” and its photos were deleted.")
    if batch:
        words = gettext("“%(name)s” is in the trash.")
    return Notice(words % {"name": gallery.name}, batch)


def moved_notice(moved: Moved, target: Gallery) -> Notice:
    """How many photos are in the other gallery now, and how many stayed where they are."""
    words = ngettext(
        "%(number)s photo was moved to “%(name)s”.",
        "%(number)s photos were moved to “%(name)s”.",
        moved.count,
    )
    words %= {"number": intcomma(moved.count), "name": target.name}
    return Notice(" ".join([words, *_stayed(moved.stayed)]))


def copied_notice(copied: Copied, target: Gallery) -> Notice:
    """How many photos were copied, and why others were not."""
    words = ngettext(
        "%(number)s photo was copied to “%(name)s”.",
        "%(number)s photos were copied to “%(name)s”.",
        copied.count,
    )
    if not copied.count:
        words = gettext("No photo was copied.")
    said = [words % {"number": intcomma(copied.count), "name": target.name}]
    if copied.stayed:
        there = ngettext(
            "%(number)s was there already.", "%(number)s were there already.", copied.stayed
        )
        said.append(there % {"number": intcomma(copied.stayed)})
    if copied.missing:
        gone = ngettext(
            "The picture of %(number)s is missing.",
            "The pictures of %(number)s are missing.",
            copied.missing,
        )
        said.append(gone % {"number": intcomma(copied.missing)})
    return Notice(" ".join([*said, *filter(None, [copied.problem])]))


def analyzed_again_notice(count: int) -> Notice:
    """How many photos were queued."""
    words = ngettext(
        "%(number)s photo is analyzed again.", "%(number)s photos are analyzed again.", count
    )
    return Notice(words % {"number": intcomma(count)})


def restored_words(restored: Restored) -> list[str]:
    """What came back from the trash, in sentences."""
    words = []
    if restored.galleries:
        galleries = ngettext(
            "The gallery is back.", "%(number)s galleries are back.", restored.galleries
        )
        words.append(galleries % {"number": intcomma(restored.galleries)})
    if restored.photos:
        photos = ngettext("The photo is back.", "%(number)s photos are back.", restored.photos)
        words.append(photos % {"number": intcomma(restored.photos)})
    return words + _stayed(restored.stayed)


def _stayed(count: int) -> list[str]:
    if not count:
        return []
    words = ngettext(
        "%(number)s was there already and stayed.",
        "%(number)s were there already and stayed.",
        count,
    )
    return [words % {"number": intcomma(count)}]


def erased_notice(count: int) -> Notice:
    """How many photos are gone for good."""
    words = ngettext(
        "%(number)s photo was deleted for good.", "%(number)s photos were deleted for good.", count
    )
    return Notice(words % {"number": intcomma(count)})


def too_many_faces_notice(count: int, most: int) -> Notice:
    """That nothing was answered, as the photos have too many faces."""
    words = gettext("These photos have %(number)s faces: answer about at most %(most)s at a time.")
    return Notice(words % {"number": intcomma(count), "most": intcomma(most)})
