"""The faces that a photo has after an analysis: what the detector found, and what people answered.

- A face that is found again, by overlap, keeps its row, its uuid and people's answers.
- A face that a person drew is always there, and replaces what a detector finds at its place.
- What is found where a person answered "not a face" is dropped.
- A face with an answer stays at its old box if it is not found again.
- The whole picture stands in only if there is no other face and no person removed one. If a single
  face is found later, that face takes over its row and its answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from gallery.analysis.overlap import SAME, match, most_overlap
from gallery.fields import DECIMALS
from gallery.models import BoxCorrection, Correction, Face, Photo
from ml.attributes import BY_NAME, FIELDS
from ml.faces.boxes import Box, FaceBox
from ml.models import ModelVersion

BOX = ("x", "y", "w", "h", "angle", "score")  # the same in a Face and in a FaceBox


@dataclass
class Known:
    """What is known of a photo before it is analyzed: its faces, and people's answers."""

    faces: list[Face] = field(default_factory=list)
    corrections: dict[int, list[Correction]] = field(default_factory=dict)  # by the face's key
    drawn: list[FaceBox] = field(default_factory=list)
    removed: list[BoxCorrection] = field(default_factory=list)

    def has_answers(self, face: Face) -> bool:
        """Whether a person has answered about an attribute of the face."""
        return face.pk in self.corrections


@dataclass(frozen=True)
class Scored:
    """What a detector found in a photo, and the 40 probabilities of each face that was scored."""

    found: list[FaceBox]
    probabilities: dict[FaceBox, list[float]]


class Outcome:
    """What becomes of a photo's faces: which rows go, which stay, which are new."""

    def __init__(self, photo: Photo, known: Known, scored: Scored) -> None:
        self.photo, self.known = photo, known
        self.settled = settle(scored.found, known)
        self.probabilities = scored.probabilities

    def is_scored(self) -> bool:
        """Whether all faces that the photo is to have were scored."""
        return all(box in self.probabilities for box, _ in self.settled)

    def gone(self) -> list[Face]:
        """The faces that the photo no longer has."""
        kept = {face.pk for _, face in self.settled if face}
        return [face for face in self.known.faces if face.pk not in kept]


def read_known(photos: Iterable[int]) -> dict[int, Known]:
    """What is known of each of the photos with these keys, in three queries."""
    known = {pk: Known() for pk in photos}
    faces = {face.pk: face for face in Face.objects.filter(photo__in=known).order_by("pk")}
    for face in faces.values():
        known[face.photo_id].faces.append(face)
    for correction in Correction.objects.filter(face__in=faces):
        answered = known[faces[correction.face_id].photo_id].corrections
        answered.setdefault(correction.face_id, []).append(correction)
    for box in BoxCorrection.objects.filter(photo__in=known).order_by("pk"):
        if box.is_face:
            x, y, w, h = (round(value, DECIMALS) for value in (box.x, box.y, box.w, box.h))
            drawn = FaceBox(x, y, w, h, score=1.0, detector=Face.Detector.PERSON.value)
            known[box.photo_id].drawn.append(drawn)
        else:
            known[box.photo_id].removed.append(box)
    return known


def settle(found: Sequence[FaceBox], known: Known) -> list[tuple[FaceBox, Face | None]]:
    """The faces that a photo is to have: the box of each, and its row where it has one already."""
    boxes = [*known.drawn, *(box for box in found if _is_news(box, known))]
    faces = [face for face in known.faces if not face.is_whole]
    whole = next((face for face in known.faces if face.is_whole), None)
    rows: list[Face | None] = [None] * len(boxes)
    for place, other in match(boxes, faces).items():
        rows[place] = faces[other]
    if rows == [None]:
        rows = [whole]  # the whole picture stood in for this one face
    lost = [face for face in known.faces if face not in rows and known.has_answers(face)]
    settled = [*zip(boxes, rows, strict=True), *((_box_of(face), face) for face in lost)]
    if not settled and not known.removed:
        settled = [(box, whole) for box in found if _is_whole(box)]
    return settled


def _is_news(box: FaceBox, known: Known) -> bool:
    """Whether a detector's box is a face that no person drew or removed.

    A drawn or removed neighbor may overlap the box a little. It counts only if it overlaps the box
    more than each face that a detector found before.
    """
    if _is_whole(box):
        return False
    not_found = (Face.Detector.PERSON, Face.Detector.WHOLE)
    found_before = [face for face in known.faces if face.detector not in not_found]
    removed = [place for place in known.removed if not covers_all(place)]
    answered = most_overlap(box, [*known.drawn, *removed])
    return answered < max(SAME, most_overlap(box, found_before))


def _is_whole(box: FaceBox) -> bool:
    return box.detector == Face.Detector.WHOLE


def covers_all(box: Box) -> bool:
    """Whether a box is the whole picture, which says nothing about a face's place."""
    return (box.x, box.y, box.w, box.h) == (0, 0, 1, 1)


def _box_of(face: Face) -> FaceBox:
    """A row's box, rounded: databases differ in the digits beyond the decimals kept."""
    place = {name: round(getattr(face, name), DECIMALS) for name in BOX}
    return FaceBox(**place, detector=face.detector)


def store(outcomes: Iterable[Outcome], version: ModelVersion) -> None:
    """Write the faces of photos that the caller has locked."""
    faces: list[Face] = []
    corrections: list[Correction] = []
    gone: list[int] = []
    for outcome in outcomes:
        gone += [face.pk for face in outcome.gone()]
        for box, row in outcome.settled:
            face = row or Face(photo=outcome.photo, gallery_id=outcome.photo.gallery_id)
            fill(face, box, outcome.probabilities[box], version)
            corrections += _answer(face, outcome.known.corrections.get(face.pk, []))
            faces.append(face)
    if gone:
        Face.objects.filter(pk__in=gone).delete()
    Face.objects.bulk_create(
        faces,
        update_conflicts=True,
        unique_fields=("id",),
        update_fields=(*BOX, "detector", "model_version", *FIELDS),
    )
    Correction.objects.bulk_create(
        corrections,
        update_conflicts=True,
        unique_fields=("face", "attribute"),
        update_fields=("probability",),
    )


def fill(face: Face, box: FaceBox, probabilities: list[float], version: ModelVersion) -> None:
    """Put into a row the box, and the 40 probabilities that the version gave for it."""
    for name in BOX:
        setattr(face, name, round(getattr(box, name), DECIMALS))
    face.detector, face.model_version = box.detector, version
    for column, probability in zip(FIELDS, probabilities, strict=True):
        setattr(face, column, probability)


def _answer(face: Face, corrections: list[Correction]) -> list[Correction]:
    """Let people's answers overrule the model's, which are kept in the corrections."""
    for correction in corrections:
        column = BY_NAME[correction.attribute].field
        correction.probability = getattr(face, column)
        setattr(face, column, float(correction.is_yes))
    return corrections


def move_face(face: Face, drawn: BoxCorrection) -> None:
    """Give a face the box that a person drew."""
    face.x, face.y, face.w, face.h = drawn.x, drawn.y, drawn.w, drawn.h
    face.angle, face.score, face.detector = 0, 1, Face.Detector.PERSON
    face.save(update_fields=(*BOX, "detector"))


def count_faces() -> Coalesce:
    """A photo's `face_count` as an expression. The whole picture is not a face."""
    real = Count("faces", filter=~Q(faces__detector=Face.Detector.WHOLE))
    counted = Photo.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    return Coalesce(Subquery(counted.annotate(count=real).values("count")), 0)
