"""How many photos galleries have: functions, because galleries must not import photos."""

from django.db.models import Count, OuterRef, Q, Subquery

from gallery.models.gallery import GalleryQuerySet
from gallery.models.photo import Photo

COVERS = 4  # photos on the cover of a gallery


def with_counts(galleries: GalleryQuerySet) -> GalleryQuerySet:
    """Add photo_count, pending_count and covers: cover_0 to cover_3, the newest photos' uuids."""
    newest = Photo.objects.filter(gallery=OuterRef("pk")).order_by("-id")
    pending = Q(photos__status__in=(Photo.Status.QUEUED, Photo.Status.ANALYSING))
    return galleries.annotate(
        photo_count=Count("photos"),
        pending_count=Count("photos", filter=pending),
        **{
            f"cover_{place}": Subquery(newest.values("uuid")[place : place + 1])
            for place in range(COVERS)
        },
    )


def with_status_counts(galleries: GalleryQuerySet) -> GalleryQuerySet:
    """Add queued_count, analysing_count, ready_count and failed_count."""
    counts = {
        f"{status}_count": Count("photos", filter=Q(photos__status=status))
        for status in Photo.Status.values
    }
    return galleries.annotate(**counts)
