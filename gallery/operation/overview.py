"""What people who run the site see of it at a glance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Max, Min, OuterRef, Subquery, Sum

from gallery.models import Gallery, Photo, Sign, failures
from gallery.models.sign import BACKUP, SWEEP
from gallery.operation.doctor import LITTLE_DISK, disks
from ml.models import ModelVersion

MOST_PEOPLE = 50  # that are listed, those with most pictures first


@dataclass(frozen=True)
class Disk:
    """The free space of a folder that a setting names."""

    setting: str
    free: float  # bytes

    @property
    def is_low(self) -> bool:
        return self.free < LITTLE_DISK


@dataclass(frozen=True)
class Overview:
    counts: dict[str, int]  # photos by status
    oldest: datetime | None  # upload that waits
    failures: list[dict[str, Any]]  # failure, the same in words, count, newest
    workers: list[Sign]
    people: list[Any]
    more_people: int
    versions: list[ModelVersion]
    disks: list[Disk]
    backup: Sign | None
    sweep: Sign | None


def overview() -> Overview:
    people = _people()
    waiting = Photo.objects.queued().filter(priority=Photo.Priority.UPLOAD)
    failed = Photo.objects.failed().order_by().values("failure")
    reasons = failed.annotate(count=Count("pk"), newest=Max("created_at"))
    return Overview(
        counts=Photo.objects.status_counts(),
        oldest=waiting.aggregate(oldest=Min("created_at"))["oldest"],
        failures=[
            reason | {"words": failures.in_words(reason["failure"])}
            for reason in reasons.order_by("-count")
        ],
        workers=Sign.objects.workers(),
        people=people[:MOST_PEOPLE],
        more_people=max(0, get_user_model().objects.count() - MOST_PEOPLE),
        versions=list(ModelVersion.objects.listed().annotate(photo_count=Count("photos"))),
        disks=[Disk(name, free) for name, free in disks().items()],
        backup=Sign.objects.last(BACKUP),
        sweep=Sign.objects.last(SWEEP),
    )


def _people() -> Any:
    """Everyone, with how many galleries and photos they have and what these take, most first."""
    photos = Photo.objects.filter(gallery__owner=OuterRef("pk")).order_by()
    sums = photos.values("gallery__owner").annotate(count=Count("pk"), sum=Sum("bytes"))
    galleries = Gallery.objects.kept().filter(owner=OuterRef("pk")).order_by().values("owner")
    people = get_user_model().objects.annotate(
        gallery_count=Subquery(galleries.annotate(count=Count("pk")).values("count")),
        photo_count=Subquery(sums.values("count")),
        bytes=Subquery(sums.values("sum")),
    )
    return people.order_by(F("bytes").desc(nulls_last=True), "username")
