"""Packed decisions about faces, which `gallery.filters.blocks` reads and writes."""

from collections.abc import Iterable

from django.db import models
from django.db.models import UniqueConstraint

from gallery.models.gallery import Gallery

PHOTOS = 2**14  # photo ids per block; the triggers of migration 0006 have this number too


class DecisionBlock(models.Model):
    """The decisions about the faces of up to `PHOTOS` photos, packed to be counted quickly.

    Whenever such a face is written, a trigger in the database creates or empties the block, and
    increments `changes`.
    """

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="decision_blocks")
    number = models.PositiveBigIntegerField()  # a photo's id // PHOTOS
    changes = models.PositiveBigIntegerField()
    packed = models.BinaryField(null=True)  # null: not packed since a face changed
    faces = models.BinaryField(
        null=True
    )  # the faces' ids, for terms that packed bits cannot answer
    decided_by = models.CharField(max_length=64, db_default="")  # hash of the thresholds used

    class Meta:
        constraints = (UniqueConstraint("gallery", "number", name="block_once_in_a_gallery"),)

    def __str__(self) -> str:
        return f"block {self.number} of gallery {self.gallery_id}"


def hold_blocks(photos: Iterable[tuple[int, int]]) -> None:
    """Empty and lock the blocks of photos, given as (gallery's key, photo's key).

    Each statement that writes faces locks its blocks. A transaction with several such statements
    first locks all blocks, in ascending order, so that no two transactions wait for each other.
    """
    numbers = sorted({(gallery, photo // PHOTOS) for gallery, photo in photos})
    DecisionBlock.objects.bulk_create(
        [DecisionBlock(gallery_id=key, number=number, changes=0) for key, number in numbers],
        update_conflicts=True,
        unique_fields=("gallery", "number"),
        update_fields=("packed", "faces"),
    )
