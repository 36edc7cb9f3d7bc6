"""What each person answered about each attribute of a face, beside the answer that counts."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q, UniqueConstraint

from gallery.models.face import Face
from gallery.models.gallery import Gallery, Role, Visitor, seen_by
from gallery.models.pages import KeysetQuerySet
from ml.attributes import NAMES


class OpinionQuerySet(KeysetQuerySet["Opinion"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: opinions about faces in galleries that they see."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(**seen_by(user, "face__gallery"))

    def undone_by(self, user: User) -> Self:
        """What this person may take back: their own, and all in galleries of theirs."""
        edited = self.filter(**seen_by(user, "face__gallery", Role.EDITOR))
        return edited.filter(Q(person=user) | Q(face__gallery__owner=user))

    def in_gallery(self, gallery: Gallery) -> Self:
        """Those about real faces of one gallery."""
        return self.filter(face__gallery=gallery).exclude(face__detector=Face.Detector.WHOLE)

    def about(self, attribute: str) -> Self:
        """Those about the attribute with this CelebA name."""
        return self.filter(attribute=attribute)


class Opinion(models.Model):
    """A person's own last answer about one attribute of a face.

    The latest answer of all people counts (`Correction`). If two people say the same, it stays
    the first one's; this table records that the second agrees.
    """

    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="opinions")
    attribute = models.CharField(max_length=20, choices=[(name, name) for name in NAMES])
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="opinions"
    )
    is_yes = models.BooleanField()
    before = models.BooleanField(null=True, editable=False)  # what an undo brings back; null: none
    batch = models.UUIDField(null=True, default=uuid.uuid4, editable=False)  # undone together
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            UniqueConstraint("face", "attribute", "person", name="one_opinion_of_a_person"),
        )
        indexes = (models.Index("batch", name="opinion_batch"),)

    def __str__(self) -> str:
        return f"{self.attribute}: {'yes' if self.is_yes else 'no'}"
