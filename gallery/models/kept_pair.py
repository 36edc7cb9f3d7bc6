"""Pairs of photos that look alike, and that a person chose to keep."""

from collections.abc import Iterable
from itertools import combinations
from typing import Self

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from gallery.models.photo import Photo, PhotoQuerySet


class KeptPairQuerySet(models.QuerySet["KeptPair"]):
    def keep(self, photos: Iterable[int]) -> None:
        """Store every pair of the photos with these keys; existing pairs stay."""
        pairs = combinations(sorted(set(photos)), 2)
        self.bulk_create(
            [KeptPair(first_id=first, second_id=second) for first, second in pairs],
            ignore_conflicts=True,
        )

    def among(self, photos: PhotoQuerySet) -> Self:
        """Pairs whose first photo is one of these."""
        return self.filter(first__in=photos.order_by().values("pk"))


class KeptPair(models.Model):
    """Two photos that look alike; a person has seen that, and keeps both."""

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
