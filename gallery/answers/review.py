"""The review: what people have not answered yet, and how often they agree with the model."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from gallery.filters.facets import count_unsure
from gallery.filters.terms import MIDDLE
from gallery.models import Correction, Face, Gallery, Photo
from gallery.models.answer import CorrectionQuerySet
from gallery.models.face import FaceQuerySet
from ml.attributes import ATTRIBUTES, Attribute
from ml.models import ModelVersion


@dataclass(frozen=True)
class Agreement:
    """The number of people's answers, and with how many of them the model agrees."""

    answers: int = 0
    agreed: int = 0

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None without an answer."""
        return self.agreed / self.answers if self.answers else None


@dataclass(frozen=True)
class Standing:
    """One attribute in a gallery: numbers of faces, and the active version's agreement."""

    attribute: Attribute
    unsure: int
    answered: int
    agreement: Agreement


@dataclass(frozen=True)
class Progress:
    """How many faces have a person's answer about an attribute, and how many do not."""

    answered: int
    left: int


def faces_of(user: Any, gallery: Gallery) -> FaceQuerySet:
    """The gallery's faces that the person may see."""
    return Face.objects.visible_to(user).in_gallery(gallery)


def count_faces(user: Any, gallery: Gallery) -> int:
    """How many faces there are to review."""
    return Photo.objects.visible_to(user).in_gallery(gallery).count_faces()


def answers_of(user: Any, gallery: Gallery) -> CorrectionQuerySet:
    """The answers about the gallery's faces that the person may see."""
    return Correction.objects.visible_to(user).in_gallery(gallery).about_real_faces()


def progress(user: Any, gallery: Gallery, attribute: str) -> Progress:
    """How far the review of one attribute has come."""
    answered = answers_of(user, gallery).filter(attribute=attribute).count()
    return Progress(answered, count_faces(user, gallery) - answered)


def answered_among(faces: Iterable[Face], attribute: str) -> set[int]:
    """The keys of the faces among these that have a person's answer about the attribute."""
    given = Correction.objects.filter(face__in=list(faces), attribute=attribute)
    return set(given.order_by().values_list("face", flat=True))


def answered_photos_among(photos: Iterable[Photo]) -> set[int]:
    """The keys of the photos among these that have a face with a person's answer."""
    given = Correction.objects.filter(face__photo__in=list(photos))
    return set(given.order_by().values_list("face__photo", flat=True).distinct())


def under_review(user: Any) -> Gallery | None:
    """The gallery that the person answered about last."""
    answers = Correction.objects.editable_by(user).filter(person=user)
    last = answers.select_related("face__gallery").order_by("-pk").first()
    return last.face.gallery if last else None


def standings(user: Any, gallery: Gallery, version: ModelVersion | None) -> list[Standing]:
    """All attributes, first those about which the model is most often unsure."""
    given = answers_of(user, gallery)
    unsure = count_unsure(Gallery.objects.visible_to(user).only_this(gallery), version)
    counts = dict(given.order_by().values_list("attribute").annotate(count=Count("pk")))
    agreements = agreement_by_version(given).get(version.pk, {}) if version else {}
    rows = [
        Standing(
            attribute=attribute,
            unsure=unsure[attribute.name],
            answered=counts.get(attribute.name, 0),
            agreement=agreements.get(attribute.name, Agreement()),
        )
        for attribute in ATTRIBUTES
    ]
    return sorted(rows, key=lambda row: row.unsure, reverse=True)


def agreement_by_version(corrections: CorrectionQuerySet) -> dict[int, dict[str, Agreement]]:
    """The agreement, by the key of the version that scored the faces and by attribute's name."""
    agrees = Q(is_yes=True, probability__gte=MIDDLE) | Q(is_yes=False, probability__lt=MIDDLE)
    rows = corrections.order_by().values_list("face__model_version", "attribute")
    found: dict[int, dict[str, Agreement]] = {}
    for version, name, *counts in rows.annotate(
        answers=Count("pk"), agreed=Count("pk", filter=agrees)
    ):
        found.setdefault(version, {})[name] = Agreement(*counts)
    return found


def add_agreement(versions: Iterable[ModelVersion], corrections: CorrectionQuerySet) -> None:
    """Add each version's agreement with those answers to its metrics, without saving."""
    found = agreement_by_version(corrections)
    for version in versions:
        by_name = found.get(version.pk, {})
        of_each = {
            name: dict(row) for name, row in version.metrics.get("per_attribute", {}).items()
        }
        for name, agreement in by_name.items():
            of_each.setdefault(name, {})["agreement"] = agreement.share
        whole = _sum_up(by_name.values()).share
        version.metrics = version.metrics | {"per_attribute": of_each, "agreement": whole}


def _sum_up(agreements: Iterable[Agreement]) -> Agreement:
    """The agreement over all of these."""
    parts = list(agreements)
    return Agreement(sum(part.answers for part in parts), sum(part.agreed for part in parts))
