"""What people say of faces: it stands above any model and detector, and can be taken back."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import OuterRef, Subquery

from gallery.models import Correction, Face, Photo
from gallery.models.answer import CorrectionQuerySet
from gallery.models.face import FaceQuerySet
from ml.attributes import BY_NAME

MOST_FACES = 1000  # that one request answers for
CHUNK = 500  # rows of one statement
MOST_BEFORE = 20  # earlier answers that are kept of one attribute of a face, to be undone


@dataclass(frozen=True)
class Answered:
    """How many faces an answer changed, and the batch that `undo` takes back; None if no face."""

    count: int
    batch: UUID | None


@transaction.atomic
def answer(
    faces: FaceQuerySet, attribute: str, is_yes: bool, person: Any, batch: UUID | None = None
) -> Answered:
    """Say yes or no about an attribute, by its CelebA name, of all these faces.

    Those that have the same answer already keep it, with who gave it and when. `batch` takes the
    answers into what is undone together; without it they are a batch of their own.
    """
    field, batch, count = BY_NAME[attribute].field, batch or uuid4(), 0
    for chunk in _locked(faces):
        said = Correction.objects.filter(face__in=chunk, attribute=attribute)
        before = {correction.face_id: correction for correction in said}
        changed = [
            _correction(face, attribute, is_yes, before.get(face.pk), person, batch)
            for face in chunk
            if face.pk not in before or before[face.pk].is_yes != is_yes
        ]
        said.exclude(is_yes=is_yes).delete()  # not updated: by their keys answers are listed
        Correction.objects.bulk_create(changed)
        answered = Face.objects.filter(pk__in=[correction.face_id for correction in changed])
        answered.update(**{field: float(is_yes)})
        count += len(changed)
    return Answered(count, batch if count else None)


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
    """An answer behind those before it, as JSON holds them."""
    told = {
        "is_yes": correction.is_yes,
        "person": correction.person_id,
        "batch": str(correction.batch),
        "at": correction.created_at.isoformat(),
    }
    return [*correction.before, told][-MOST_BEFORE:]


@transaction.atomic
def withdraw(faces: FaceQuerySet, attribute: str) -> int:
    """Take back people's answers about an attribute of these faces: the model's stand again."""
    count = 0
    for chunk in _locked(faces):
        count += _let_model_speak(Correction.objects.filter(face__in=chunk, attribute=attribute))
    return count


@transaction.atomic
def undo(corrections: CorrectionQuerySet, batch: UUID) -> int:
    """Take back one batch of answers: what stood before stands again. Returns how many."""
    given = corrections.filter(batch=batch)
    _lock(Face.objects.filter(corrections__in=given))
    count = _let_model_speak(given.filter(before=[]))
    earlier = list(given)
    for start in range(0, len(earlier), CHUNK):
        _restore(earlier[start : start + CHUNK])
    return count + len(earlier)


def _restore(corrections: list[Correction]) -> None:
    """Let the answers before these stand again, as they were given, by those who still exist."""
    people = get_user_model().objects.filter(pk__in=[c.before[-1]["person"] for c in corrections])
    known = set(people.values_list("pk", flat=True))
    told = defaultdict(list)
    for correction in corrections:
        *correction.before, last = correction.before
        correction.is_yes, correction.batch = last["is_yes"], UUID(last["batch"])
        correction.person_id = last["person"] if last["person"] in known else None
        correction.created_at = datetime.fromisoformat(last["at"])
        told[correction.attribute, correction.is_yes].append(correction.face_id)
    Correction.objects.bulk_update(
        corrections, ("is_yes", "person", "batch", "created_at", "before")
    )
    for (name, is_yes), faces in told.items():
        Face.objects.filter(pk__in=faces).update(**{BY_NAME[name].field: float(is_yes)})


def _let_model_speak(corrections: CorrectionQuerySet) -> int:
    """Delete corrections, and put the model's probabilities back into their faces."""
    for name in set(corrections.order_by().values_list("attribute", flat=True)):
        given = corrections.filter(attribute=name)
        said = Correction.objects.filter(face=OuterRef("pk"), attribute=name).values("probability")
        faces = Face.objects.filter(pk__in=given.values("face"))
        faces.update(**{BY_NAME[name].field: Subquery(said)})
    return corrections.delete()[0]


def _locked(faces: FaceQuerySet) -> Iterator[list[Face]]:
    """The faces in chunks, their photos locked."""
    _lock(faces)
    keys = list(faces.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield list(Face.objects.filter(pk__in=keys[start : start + CHUNK]))


def _lock(faces: FaceQuerySet) -> None:
    """Lock the faces' photos: an analysis waits, and then sees what is said."""
    Photo.objects.filter(pk__in=faces.order_by().values("photo")).only("gallery").locked()
