"""Re-runs that have not ended yet, by gallery."""

from collections.abc import Mapping
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef

from gallery.models.gallery import Gallery
from gallery.models.photo import Photo
from ml.models import ModelVersion


class RerunQuerySet(models.QuerySet["Rerun"]):
    def note(self, counts: Mapping[int, int], version: ModelVersion) -> None:
        """Note that so many photos of galleries, given by key, are queued; more may follow."""
        new = [Rerun(gallery_id=key, version=version) for key in sorted(counts)]
        self.bulk_create(new, ignore_conflicts=True)
        for key, count in sorted(counts.items()):
            rows = self.filter(gallery=key)
            rows.exclude(version=version).update(version=version, photos=0)
            rows.update(photos=F("photos") + count, is_queued=False)

    def all_queued(self) -> None:
        """Note that no more photos follow."""
        self.filter(is_queued=False).update(is_queued=True)

    def ended(self) -> Self:
        """Re-runs without waiting photos."""
        waiting = Photo.objects.pending().in_low_lane().filter(gallery=OuterRef("gallery"))
        return self.filter(is_queued=True).exclude(Exists(waiting))


class Rerun(models.Model):
    """A gallery whose photos are analyzed again, by a version of the model."""

    gallery = models.OneToOneField(Gallery, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    photos = models.PositiveIntegerField(default=0)
    is_queued = models.BooleanField(default=False)  # whether all of them are in the queue

    objects = RerunQuerySet.as_manager()

    def __str__(self) -> str:
        return f"re-run of gallery {self.gallery_id}"
