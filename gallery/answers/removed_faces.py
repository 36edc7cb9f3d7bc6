"""Faces that people took away: kept as they were, and brought back by an undo."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.serializers.base import DeserializedObject

from gallery.analysis.outcomes import move_face
from gallery.analysis.overlap import SAME, most_overlap, overlap
from gallery.models import BoxCorrection, Correction, Face, Photo, RemovedFace
from ml.attributes import BY_NAME
from ml.models import ModelVersion


def keep(face: Face, drawn: Iterable[BoxCorrection], batch: UUID) -> None:
    """Keep a face that is about to go, the answers about it, and the box that was drawn for it."""
    rows = serializers.serialize("python", [face, *face.corrections.all(), *drawn])
    newest = max(Face.objects.filter(photo=face.photo_id).values_list("pk", flat=True))
    # As text: Django's own encoder would cut a time's microseconds off.
    plain = json.loads(json.dumps(rows, default=str))
    RemovedFace.objects.create(photo_id=face.photo_id, batch=batch, rows=plain, newest=newest)


def bring_back(removed: RemovedFace, photo: Photo) -> bool:
    """Bring a face back to its photo, which the caller has locked.

    A face that has come to the same place since stays instead, and gets the answers that it lacks.
    Returns whether the photo has changed since, so that it needs another analysis.
    """
    rows = list(serializers.deserialize("python", removed.rows, ignorenonexistent=True))
    face, said = rows[0], rows[1:]
    has_changed = _has_changed(face.object, photo)
    _let_go(rows, photo)
    there = _came_since(face.object, photo, removed.newest)
    if there is None:
        face.save()
    for row in said:
        if isinstance(row.object, BoxCorrection):
            _draw_again(row, photo, there)
        elif there is None:
            row.save()
        else:
            _hand_over(row, there)
    removed.delete()
    return has_changed or there is not None


def _has_changed(face: Face, photo: Photo) -> bool:
    """Whether the photo was scored by another model since, or is no longer taken as a whole."""
    found = face.is_whole and photo.faces.exists()
    return found or face.model_version_id != photo.model_version_id


def _let_go(rows: Iterable[DeserializedObject], photo: Photo) -> None:
    """Name no person and no model version that was deleted meanwhile."""
    for row in rows:
        held: Any = row.object
        if isinstance(held, Face):
            if not ModelVersion.objects.filter(pk=held.model_version_id).exists():
                held.model_version_id = photo.model_version_id
        elif not get_user_model().objects.filter(pk=held.person_id).exists():
            held.person_id = None


def _came_since(face: Face, photo: Photo, newest: int) -> Face | None:
    """The face that was drawn or found at a removed one's place, if there is one."""
    came = photo.faces.filter(pk__gt=newest).exclude(detector=Face.Detector.WHOLE)
    there = max(came, key=lambda other: overlap(other, face), default=None)
    return there if there and overlap(there, face) >= SAME else None


def _draw_again(row: DeserializedObject, photo: Photo, there: Face | None) -> None:
    """Draw the box again, also for the face that is there now, unless somebody did meanwhile."""
    if most_overlap(row.object, list(photo.box_corrections.filter(is_face=True))) < SAME:
        row.save()
        if there:
            move_face(there, row.object)


def _hand_over(row: DeserializedObject, face: Face) -> None:
    """Give an answer to another face, unless that was answered about."""
    answer: Correction = row.object
    if face.corrections.filter(attribute=answer.attribute).exists():
        return
    field = BY_NAME[answer.attribute].field
    answer.face, answer.probability = face, getattr(face, field)
    row.save()
    Face.objects.filter(pk=face.pk).update(**{field: float(answer.is_yes)})
