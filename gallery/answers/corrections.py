"""People's answers about the attributes of faces. They overrule every model, and can be undone."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import OuterRef, Subquery

from gallery.answers import opinions
from gallery.models import Correction, Face, Opinion, Photo
from gallery.models.answer import CorrectionQuerySet
from gallery.models.face import FaceQuerySet
from ml.attributes import BY_NAME

MOST_FACES = 1000  # in one request
CHUNK = 500  # rows in one statement
MOST_BEFORE = 20  # earlier answers kept about one attribute of one face, for undo


@dataclass(frozen=True)
class Answered:
    """How many faces an answer changed, and the batch for `undo`; None if there is nothing to undo.

    Repeating another person's answer changes no face, but can be undone, too.
    """

    count: int
    batch: UUID | None


@transaction.atomic
def answer(
    faces: FaceQuerySet, attribute: str, is_yes: bool, person: Any, batch: UUID | None = None
) -> Answered:
    """Answer yes or no about an attribute, by its CelebA name, for all these faces.

    A face that already has the same answer keeps it, with its person and time. The person's own
    opinion is kept in any case (`gallery.answers.opinions`). Answers with the same `batch` are
    undone together; without one, these are a batch of their own.
    """
    field, batch, count, said = BY_NAME[attribute].field, batch or uuid4(), 0, 0
    for chunk in _locked(faces):
        earlier = Correction.objects.filter(face__in=chunk, attribute=attribute)
        before = {correction.face_id: correction for correction in earlier}
        changed = [
            _correction(face, attribute, is_yes, before.get(face.pk), person, batch)
            for face in chunk
            if face.pk not in before or before[face.pk].is_yes != is_yes
        ]
        # Deleted rather than updated: answers are listed by their keys, newest first.
        earlier.exclude(is_yes=is_yes).delete()
        Correction.objects.bulk_create(changed)
        answered = Face.objects.filter(pk__in=[correction.face_id for correction in changed])
        answered.update(**{field: float(is_yes)})
        count += len(changed)
        if person:
            said += opinions.note(chunk, attribute, is_yes, person, batch)
    return Answered(count, batch if count or said else None)


def _correction(
    face: Face, attribute: str, is_yes: bool, before: Correction | None, person: Any, batch: UUID
) -> Correction:
    model_says = before.probability if before else getattr(face, BY_NAME[attribute].field)
    return Correction(
        face=face,
        attribute=attribute,
        is_yes=is_yes,
        probability=model_says,
        person=person,
        batch=batch,
        before=_history(before) if before else [],
    )


def _history(correction: Correction) -> list[dict[str, Any]]:
    """The earlier answers and this one, the latest last, as the JSON column holds them."""
    entry = {
        "is_yes": correction.is_yes,
        "person": correction.person_id,
        "batch": str(correction.batch),
        "at": correction.created_at.isoformat(),
    }
    return [*correction.before, entry][-MOST_BEFORE:]


@transaction.atomic
def withdraw(faces: FaceQuerySet, attribute: str, person: Any = None) -> int:
    """Take back the answers about an attribute of these faces; the model's decisions apply again.

    The person's own opinions are deleted; those of others stay.
    """
    count = 0
    for chunk in _locked(faces):
        count += _restore_models(Correction.objects.filter(face__in=chunk, attribute=attribute))
        Opinion.objects.filter(face__in=chunk, attribute=attribute, person=person).delete()
    return count


@transaction.atomic
def undo(corrections: CorrectionQuerySet, batch: UUID) -> int:
    """Take back one batch of answers; what stood before stands again. Returns how many."""
    given = corrections.filter(batch=batch)
    _lock(Face.objects.filter(corrections__in=given))
    count = _restore_models(given.filter(before=[]))
    overruling = list(given)  # the rest replaced an earlier answer each
    for start in range(0, len(overruling), CHUNK):
        _restore_earlier(overruling[start : start + CHUNK])
    return count + len(overruling)


def _restore_earlier(corrections: list[Correction]) -> None:
    """Restore the answer before each of these, as it was given, unless by a deleted person."""
    people = get_user_model().objects.filter(pk__in=[c.before[-1]["person"] for c in corrections])
    known = set(people.values_list("pk", flat=True))
    restored: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for correction in corrections:
        *correction.before, last = correction.before
        correction.is_yes, correction.batch = last["is_yes"], UUID(last["batch"])
        correction.person_id = last["person"] if last["person"] in known else None
        correction.created_at = datetime.fromisoformat(last["at"])
        restored[correction.attribute, correction.is_yes].append(correction.face_id)
    Correction.objects.bulk_update(
        corrections, ("is_yes", "person", "batch", "created_at", "before")
    )
    for (name, is_yes), faces in restored.items():
        Face.objects.filter(pk__in=faces).update(**{BY_NAME[name].field: float(is_yes)})


def _restore_models(corrections: CorrectionQuerySet) -> int:
    """Delete corrections, and put the model's probabilities back into their faces."""
    for name in set(corrections.order_by().values_list("attribute", flat=True)):
        given = corrections.filter(attribute=name)
        by_face = Correction.objects.filter(face=OuterRef("pk"), attribute=name)
        faces = Face.objects.filter(pk__in=given.values("face"))
        faces.update(**{BY_NAME[name].field: Subquery(by_face.values("probability"))})
    return corrections.delete()[0]


def _locked(faces: FaceQuerySet) -> Iterator[list[Face]]:
    """The faces, in chunks, with their photos locked."""
    _lock(faces)
    keys = list(faces.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield list(Face.objects.filter(pk__in=keys[start : start + CHUNK]))


def _lock(faces: FaceQuerySet) -> None:
    """Lock the faces' photos: an analysis that is writing waits, and then sees the answers."""
    Photo.objects.filter(pk__in=faces.order_by().values("photo")).only("gallery").locked()
