"""Each person's own answers: kept beside the answer that counts, and compared."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from gallery.models import Correction, Face, Gallery, Opinion
from gallery.models.face import FaceQuerySet
from gallery.models.opinion import OpinionQuerySet
from ml.attributes import BY_NAME


@dataclass(frozen=True)
class Consent:
    """About one attribute: how many faces several people answered, and on how many they agree.

    `left` faces have answers of others, but none of the person who asks.
    """

    agreed: int = 0
    several: int = 0
    left: int = 0


def note(faces: Iterable[Face], attribute: str, is_yes: bool, person: Any, batch: UUID) -> int:
    """Store a person's answers; the photos are locked. Returns how many opinions are new."""
    earlier = Opinion.objects.filter(face__in=list(faces), attribute=attribute, person=person)
    before = dict(earlier.values_list("face", "is_yes"))
    new = [
        Opinion(
            face=face,
            attribute=attribute,
            person=person,
            is_yes=is_yes,
            before=before.get(face.pk),
            batch=batch,
            created_at=timezone.now(),
        )
        for face in faces
        if before.get(face.pk) is not is_yes
    ]
    Opinion.objects.bulk_create(
        new,
        update_conflicts=True,
        unique_fields=("face", "attribute", "person"),
        update_fields=("is_yes", "before", "batch", "created_at"),
    )
    return len(new)


@transaction.atomic
def undo(opinions: OpinionQuerySet, batch: UUID) -> int:
    """Undo one batch; each person's previous opinion applies again.

    Returns the number of opinions without a counting answer: those of people who only agreed.
    """
    given = opinions.filter(batch=batch)
    same = Correction.objects.filter(
        face=OuterRef("face"), attribute=OuterRef("attribute"), batch=batch
    )
    count = given.exclude(Exists(same)).count()
    given.filter(before=None).delete()
    given.update(is_yes=F("before"), before=None, batch=None)
    return count


def second_look(user: Any, gallery: Gallery, attribute: str) -> FaceQuerySet:
    """The faces that others answered about the attribute, and this person did not.

    Each has the model's decision as `model_says`; its column has the others' answer.
    """
    about = Opinion.objects.filter(face=OuterRef("pk"), attribute=attribute)
    said = Correction.objects.filter(face=OuterRef("pk"), attribute=attribute)
    faces = Face.objects.visible_to(user).in_gallery(gallery).real()
    faces = faces.filter(Exists(about.exclude(person=user)), ~Exists(about.filter(person=user)))
    column = F(BY_NAME[attribute].field)
    return faces.annotate(model_says=Coalesce(Subquery(said.values("probability")[:1]), column))


def count_mine(user: Any, gallery: Gallery, attribute: str) -> int:
    """How many faces both this person and others answered about the attribute."""
    opinions = Opinion.objects.visible_to(user).in_gallery(gallery).about(attribute)
    others = Opinion.objects.filter(face=OuterRef("face"), attribute=attribute)
    return opinions.filter(Exists(others.exclude(person=user)), person=user).count()


def consents(user: Any, gallery: Gallery) -> dict[str, Consent]:
    """How far people agree, by attribute; only attributes that somebody answered.

    It takes one query, with a row for each answered face and attribute.
    """
    rows = Opinion.objects.visible_to(user).in_gallery(gallery).order_by()
    counted = rows.values_list("attribute", "face").annotate(
        people=Count("pk"),
        yes=Count("pk", filter=Q(is_yes=True)),
        mine=Count("pk", filter=Q(person=user)),
    )
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for attribute, _, people, yes, mine in counted.iterator():
        agreed, several, left = people > 1 and yes in (0, people), people > 1, not mine
        for place, is_so in enumerate((agreed, several, left)):
            sums[attribute][place] += is_so
    return {attribute: Consent(*counts) for attribute, counts in sums.items()}
