"""What people say of faces: it stands above any model and detector, and can be taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import OuterRef, Subquery

from gallery.models import Correction, Face, Photo
from gallery.querysets import CorrectionQuerySet, FaceQuerySet
from ml.attributes import BY_NAME

CHUNK = 500  # rows of one statement


@dataclass(frozen=True)
class Answered:
    """How many faces an answer changed, and the batch that `undo` takes back."""

    count: int
    batch: UUID


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
        given = Correction.objects.filter(face__in=chunk, attribute=attribute)
        before = {correction.face_id: correction for correction in given}
        changed = [
            _correction(face, attribute, is_yes, before.get(face.pk), person, batch)
            for face in chunk
            if face.pk not in before or before[face.pk].is_yes != is_yes
        ]
        Correction.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=("face", "attribute"),
            update_fields=("is_yes", "was_yes", "person", "batch", "created_at"),
        )
        answered = Face.objects.filter(pk__in=[correction.face_id for correction in changed])
        answered.update(**{field: float(is_yes)})
        count += len(changed)
    return Answered(count, batch)


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
        was_yes=before.is_yes if before else None,
    )


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
    for _ in _locked(Face.objects.filter(corrections__in=given)):
        pass
    count = _let_model_speak(given.filter(was_yes=None))
    for correction in given.exclude(was_yes=None):
        field = BY_NAME[correction.attribute].field
        Face.objects.filter(pk=correction.face_id).update(**{field: float(correction.was_yes)})
        correction.is_yes, correction.was_yes = correction.was_yes, None
        correction.save(update_fields=("is_yes", "was_yes"))
        count += 1
    return count


def _let_model_speak(corrections: CorrectionQuerySet) -> int:
    """Delete corrections, and put the model's probabilities back into their faces."""
    for name in set(corrections.order_by().values_list("attribute", flat=True)):
        given = corrections.filter(attribute=name)
        said = Correction.objects.filter(face=OuterRef("pk"), attribute=name).values("probability")
        faces = Face.objects.filter(pk__in=given.values("face"))
        faces.update(**{BY_NAME[name].field: Subquery(said)})
    return corrections.delete()[0]


def _locked(faces: FaceQuerySet) -> Iterator[list[Face]]:
    """The faces in chunks, their photos locked: an analysis waits, and then sees the answer."""
    Photo.objects.filter(pk__in=faces.order_by().values("photo")).only("gallery").locked()
    keys = list(faces.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield list(Face.objects.filter(pk__in=keys[start : start + CHUNK]))
