"""How an attribute's probabilities are spread over faces."""

from django.db.models import Count, F
from django.db.models.functions import Floor, Least

from gallery.models.face import FaceQuerySet
from ml.attributes import BY_NAME

BINS = 20


def count_bins(faces: FaceQuerySet, attribute: str) -> list[int]:
    """How many of the faces have a probability in each twentieth from 0 to 1, in one query.

    Whole pictures do not count.
    """
    place = Least(Floor(F(BY_NAME[attribute].field) * BINS), BINS - 1.0)
    rows = faces.real().order_by().annotate(place=place).values_list("place")
    counts = [0] * BINS
    for found, count in rows.annotate(count=Count("pk")):
        counts[int(found)] = count
    return counts
