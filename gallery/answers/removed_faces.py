"""Faces that people removed: kept as they were, so that an undo can bring them back."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.serializers.base import DeserializedObject

from gallery.analysis.outcomes import move_face
from gallery.analysis.overlap import SAME, most_overlap, overlap
from gallery.models import BoxCorrection, Correction, Face, Opinion, Photo, RemovedFace
from ml.attributes import BY_NAME
from ml.models import ModelVersion


def keep(face: Face, drawn: Iterable[BoxCorrection], batch: UUID, person: Any) -> None:
    """Keep a face that is about to be deleted, its answers, and the boxes drawn for it."""
    said = [*face.corrections.all(), *face.opinions.all()]
    rows = serializers.serialize("python", [face, *said, *drawn])
    newest = max(Face.objects.filter(photo=face.photo_id).values_list("pk", flat=True))
    # Times become text by str: Django's own encoder would cut their microseconds off.
    plain = json.loads(json.dumps(rows, default=str))
    RemovedFace.objects.create(
        photo_id=face.photo_id,
        batch=batch,
        person=person,
        rows=plain,
        newest=newest,
    )


def bring_back(removed: RemovedFace, photo: Photo) -> bool:
    """Bring a face back to its photo, which the caller has locked.

    If another face has come to its place since, that one stays and gets the answers that it lacks.
    Returns whether the photo has changed since and needs another analysis.
    """
    rows = list(serializers.deserialize("python", removed.rows, ignorenonexistent=True))
    face: Any = rows[0].object
    face.gallery_id = photo.gallery_id  # the photo may have been moved since
    has_changed = _has_changed(face, photo)
    rows = _without_deleted(rows, photo)
    successor = _successor(face, photo, removed.newest)
    if successor is None:
        rows[0].save()
    for row in rows[1:]:
        if isinstance(row.object, BoxCorrection):
            _draw_again(row.object, photo, successor)
        elif successor is None:
            row.save()
        elif isinstance(row.object, Correction):
            _hand_over(row.object, successor)
        elif isinstance(row.object, Opinion):
            _hand_over_opinion(row.object, successor)
    removed.delete()
    return has_changed or successor is not None


def _has_changed(face: Face, photo: Photo) -> bool:
    """Whether another model has scored the photo since, or a real face replaces the whole."""
    found = face.is_whole and photo.faces.exists()
    return found or face.model_version_id != photo.model_version_id


def _without_deleted(rows: list[DeserializedObject], photo: Photo) -> list[DeserializedObject]:
    """Replace references to people and model versions that have been deleted since.

    Opinions of deleted people are left out.
    """
    left = []
    for row in rows:
        kept: Any = row.object
        if isinstance(kept, Face):
            is_known = ModelVersion.objects.filter(pk=kept.model_version_id).exists()
            if not is_known and photo.model_version:
                kept.model_version = photo.model_version
        elif not get_user_model().objects.filter(pk=kept.person_id).exists():
            if isinstance(kept, Opinion):
                continue
            kept.person_id = None
        left.append(row)
    return left


def _successor(face: Face, photo: Photo, newest: int) -> Face | None:
    """The face that has been drawn or found at a removed one's place, if there is one."""
    later = photo.faces.filter(pk__gt=newest).exclude(detector=Face.Detector.WHOLE)
    nearest = max(later, key=lambda other: overlap(other, face), default=None)
    return nearest if nearest and overlap(nearest, face) >= SAME else None


def _draw_again(drawn: BoxCorrection, photo: Photo, successor: Face | None) -> None:
    """Draw the box again, for the face that is there now too, unless somebody has done so."""
    if most_overlap(drawn, list(photo.box_corrections.filter(is_face=True))) < SAME:
        drawn.save_base(raw=True)  # as it was, with its key and its time
        if successor:
            move_face(successor, drawn)


def _hand_over(answer: Correction, face: Face) -> None:
    """Give an answer to another face, unless that has one about the attribute."""
    if face.corrections.filter(attribute=answer.attribute).exists():
        return
    field = BY_NAME[answer.attribute].field
    answer.face, answer.probability = face, getattr(face, field)
    answer.save_base(raw=True)  # as it was, with its key and its time
    Face.objects.filter(pk=face.pk).update(**{field: float(answer.is_yes)})


def _hand_over_opinion(opinion: Opinion, face: Face) -> None:
    """Give a person's opinion to another face, unless they have answered about it since."""
    about = face.opinions.filter(attribute=opinion.attribute, person=opinion.person_id)
    if not about.exists():
        opinion.face = face
        opinion.save_base(raw=True)
