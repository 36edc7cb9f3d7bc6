"""The faces of photos, with the probability of each of the 40 attributes."""

import uuid
import zlib
from collections.abc import Iterable
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import CheckConstraint, F, FloatField, Q, Value
from django.db.models.functions import Abs, Round
from django.urls import reverse
from django.utils.translation import gettext_lazy

from gallery.fields import DECIMALS, RealField
from gallery.models.gallery import Gallery, Visitor, seen_by
from gallery.models.orders import ByProbability
from gallery.models.pages import KeysetQuerySet
from gallery.models.photo import Photo, PhotoQuerySet
from gallery.models.search import Search
from ml.attributes import ATTRIBUTES, BY_NAME, FIELDS
from ml.faces.boxes import TurnedBox
from ml.models import ModelVersion

REAL = ~Q(detector="whole")  # a face, not a whole picture in which none was found


class FaceQuerySet(KeysetQuerySet["Face"]):
    def visible_to(self, user: Visitor) -> Self:
        """What this person may see: the faces in galleries that they see."""
        if not user.is_authenticated:
            return self.none()
        return self.within(**seen_by(user)).asked_by(user)

    def in_gallery(self, gallery: Gallery) -> Self:
        """The faces of one gallery's photos."""
        return self.within(gallery=gallery)

    def in_photos(self, photos: PhotoQuerySet) -> Self:
        """The faces of these photos."""
        return self.filter(photo__in=photos.order_by().values("pk"))

    def real(self) -> Self:
        """Those that are faces, not whole pictures in which none was found."""
        return self.filter(REAL)

    def with_photo(self) -> Self:
        """Fetch each face's photo along with it."""
        return self.select_related("photo")

    def with_gallery(self) -> Self:
        """Fetch each face's photo and gallery along with it."""
        return self.select_related("photo__gallery")

    def among(self, uuids: Iterable[UUID]) -> Self:
        """Those with one of these uuids."""
        return self.filter(uuid__in=uuids)

    def by_photo(self) -> Self:
        """Each photo's faces together, oldest first."""
        return self.order_by("photo_id", "pk")

    def to_review(self, attribute: str) -> Self:
        """The real ones that nobody has answered the attribute of, least certain first."""
        # Rounded to four decimals: 0.45 and 0.55 are then equally far away in every database.
        away = Abs(F(BY_NAME[attribute].field) - Value(0.5), output_field=FloatField())
        rounded = Round(away * Value(10.0**DECIMALS)) * Value(10.0**-DECIMALS)
        faces = self.exclude(corrections__attribute=attribute).annotate(from_middle=rounded)
        search = Search(faces=faces, column="id", condition=REAL, field="from_middle", lowest=True)
        key = F("from_middle") * Value(-1.0)
        return faces.real().searched(search).in_order(ByProbability(), sort_key=key)


def box_hash(box: TurnedBox) -> str:
    """Eight hexadecimal digits that change with the box. A face's picture is named after it."""
    # Rounded, because databases store fewer digits than a detector gives. -0.0 + 0.0 is 0.0.
    numbers = [round(v, DECIMALS) + 0.0 for v in (box.x, box.y, box.w, box.h, box.angle)]
    return f"{zlib.crc32(repr(numbers).encode()):08x}"


class Boxed(models.Model):
    """A box in fractions of the upright picture, from its upper left corner."""

    x = RealField()
    y = RealField()
    w = RealField()
    h = RealField()

    class Meta:
        abstract = True
        constraints = (
            CheckConstraint(
                condition=Q(x__gte=0, y__gte=0, w__gt=0, h__gt=0, x__lte=1, y__lte=1),
                name="%(class)s_box_inside",
            ),
        )


class Face(Boxed):
    """One face of a photo: its box, and the probability of each of the 40 attributes.

    The 40 columns, named as in `ml.attributes.FIELDS`, hold probabilities rounded to four decimals.
    Where a person answered, the column holds 1 or 0, and a Correction holds the answer.
    """

    class Detector(models.TextChoices):
        FINDER = "finder", gettext_lazy("CelebAttr's networks")
        HAAR = "haar", gettext_lazy("OpenCV cascade")  # of versions before 0.3
        YUNET = "yunet", "YuNet"
        PERSON = "person", gettext_lazy("drawn by a person")
        WHOLE = "whole", gettext_lazy("no face found: the whole picture")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="faces")
    gallery = (
        models.ForeignKey(  # the photo's gallery, copied so that a scan of faces needs no join
            Gallery,
            on_delete=models.CASCADE,
            related_name="faces",
            db_index=False,  # both indexes below start with it
        )
    )
    angle = RealField(default=0)  # degrees that the face is turned clockwise
    detector = models.CharField(max_length=10, choices=Detector)
    score = RealField()
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="faces")

    for _attribute in ATTRIBUTES:
        locals()[_attribute.field] = RealField(_attribute.label)
    del _attribute

    objects = FaceQuerySet.as_manager()

    class Meta:
        ordering = ("photo", "id")
        constraints = (
            *Boxed.Meta.constraints,
            *(
                CheckConstraint(
                    condition=Q(**{f"{field}__range": (0, 1)}),
                    name=f"face_{field}_is_a_probability",
                )
                for field in FIELDS
            ),
        )
        indexes = (
            models.Index("gallery", F("photo").desc(), name="face_of_newest_photo"),
            models.Index("gallery", F("id").desc(), name="face_newest"),
        )

    def __str__(self) -> str:
        return f"face {self.uuid}"

    @property
    def is_whole(self) -> bool:
        """Whether no face was found and the whole picture was scored instead."""
        return self.detector == self.Detector.WHOLE

    def get_crop_url(self) -> str:
        """The address of the face's picture, which changes with the box."""
        return f"{reverse('gallery:crop', args=[self.uuid])}?box={box_hash(self)}"

    def probabilities(self) -> dict[str, float]:
        """The probabilities by CelebA name, in the data set's order."""
        return {attribute.name: getattr(self, attribute.field) for attribute in ATTRIBUTES}
