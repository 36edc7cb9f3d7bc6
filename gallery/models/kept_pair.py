"""Photos that look alike and are to stay, all of them."""

from collections.abc import Iterable
from itertools import combinations
from typing import Self

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from gallery.models.photo import Photo, PhotoQuerySet


class KeptPairQuerySet(models.QuerySet["KeptPair"]):
    def keep(self, photos: Iterable[int]) -> None:
        """Keep each two of the photos with these keys; pairs that are known stay."""
        pairs = combinations(sorted(set(photos)), 2)
        self.bulk_create(
            [KeptPair(first_id=first, second_id=second) for first, second in pairs],
            ignore_conflicts=True,
        )

    def among(self, photos: PhotoQuerySet) -> Self:
        """Those of which the first is one of these photos."""
        return self.filter(first__in=photos.order_by().values("pk"))


class KeptPair(models.Model):
    """Two photos of which a person said, seeing that they look alike, that both are to stay."""

    first = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")

    objects = KeptPairQuerySet.as_manager()

    class Meta:
        constraints = (
            UniqueConstraint("first", "second", name="pair_kept_once"),
            CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
        )

    def __str__(self) -> str:
        return f"photos {self.first_id} and {self.second_id}"
