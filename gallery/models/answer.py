"""People's answers: about a face's attributes, and about where a photo has a face."""

import uuid
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import CheckConstraint, Exists, OuterRef, Prefetch, Q, UniqueConstraint

from gallery.fields import RealField
from gallery.models.face import Boxed, Face, FaceQuerySet
from gallery.models.gallery import Gallery, Role, Visitor, seen_by
from gallery.models.pages import KeysetQuerySet
from gallery.models.photo import Photo, PhotoQuerySet
from ml.attributes import NAMES


class CorrectionQuerySet(KeysetQuerySet["Correction"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: answers about faces in galleries that they see."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(**seen_by(user, "face__gallery"))

    def editable_by(self, user: User) -> Self:
        """Those about faces in galleries that this person may change."""
        return self.filter(**seen_by(user, "face__gallery", Role.EDITOR))

    def undone_by(self, user: User) -> Self:
        """What this person may take back: their own answers, and all in galleries of theirs."""
        return self.editable_by(user).filter(Q(person=user) | Q(face__gallery__owner=user))

    def in_gallery(self, gallery: Gallery) -> Self:
        """Those about faces of one gallery."""
        return self.filter(face__gallery=gallery)

    def about(self, attribute: str) -> Self:
        """Those about the attribute with this CelebA name."""
        return self.filter(attribute=attribute)

    def about_real_faces(self) -> Self:
        """Those about faces, not about whole pictures in which none was found."""
        return self.exclude(face__detector=Face.Detector.WHOLE)

    def with_details(self) -> Self:
        """Fetch each one's face, photo and person along with it."""
        return self.select_related("face__photo", "person")

    def of_faces(self, faces: Iterable[int]) -> Self:
        """Those about the faces with these keys."""
        return self.filter(face__in=faces)


class Correction(models.Model):
    """A person's answer about one attribute of a face; it overrides every model's."""

    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="corrections")
    attribute = models.CharField(max_length=20, choices=[(name, name) for name in NAMES])
    is_yes = models.BooleanField()
    probability = RealField()  # what the face's model version says instead
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    batch = models.UUIDField(default=uuid.uuid4, editable=False)  # what is undone together
    before = models.JSONField(default=list, editable=False)  # earlier answers, newest last

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            UniqueConstraint("face", "attribute", name="one_answer_for_an_attribute"),
            CheckConstraint(
                condition=Q(probability__range=(0, 1)), name="correction_has_a_probability"
            ),
        )
        indexes = (models.Index("batch", name="correction_batch"),)

    def __str__(self) -> str:
        return f"{self.attribute}: {'yes' if self.is_yes else 'no'}"


class BoxCorrection(Boxed):
    """Where a person says that a photo has a face, or does not; no detector overrides it."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="box_corrections")
    is_face = models.BooleanField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    batch = models.UUIDField(null=True, editable=False)  # what is undone together

    class Meta(Boxed.Meta):
        ordering = ("photo", "id")
        indexes = (models.Index("batch", name="box_correction_batch"),)

    def __str__(self) -> str:
        return "a face" if self.is_face else "no face"


class RemovedFace(models.Model):
    """A face that a person removed, as it was: an undo brings it back."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="removed_faces")
    batch = models.UUIDField(editable=False)  # what is undone together
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    rows = models.JSONField()  # the face, people's answers about it, and its drawn box
    newest = models.PositiveBigIntegerField()  # key of the photo's newest face at the time

    class Meta:
        ordering = ("photo", "id")
        indexes = (models.Index("batch", name="removed_face_batch"),)

    def __str__(self) -> str:
        return f"a face removed from photo {self.photo_id}"


# These are functions, not methods of the querysets: faces and photos stand below answers, and must
# not import them.


def corrected(faces: FaceQuerySet) -> FaceQuerySet:
    """Those faces that a person has answered about."""
    return faces.filter(Exists(Correction.objects.filter(face=OuterRef("pk"))))


def with_corrections(faces: FaceQuerySet) -> FaceQuerySet:
    """Fetch people's answers about the faces together, and who gave them."""
    return faces.prefetch_related(_answers("corrections"))


def with_details(photos: PhotoQuerySet) -> PhotoQuerySet:
    """Fetch the photos with their gallery, model, faces and answers."""
    photos = photos.with_gallery().select_related("model_version").with_faces()
    return photos.prefetch_related(_answers("faces__corrections"))


def _answers(lookup: str) -> Prefetch[Any]:
    return Prefetch(lookup, Correction.objects.select_related("person"))
