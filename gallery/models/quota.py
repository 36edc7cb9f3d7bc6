"""How many photos, and how many bytes of them, a person may keep."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Count, F, Sum

from gallery.models.photo import Photo


class Quota(models.Model):
    """What one person may keep, where that is not what the settings say."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quota"
    )
    photos = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: QUOTA_PHOTOS. 0: no limit."
    )
    bytes = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Empty: QUOTA_BYTES. 0: no limit."
    )

    def __str__(self) -> str:
        return f"quota of {self.person}"


@dataclass(frozen=True)
class Limits:
    """How much a person may keep; 0 is no limit."""

    photos: int
    bytes: int

    @classmethod
    def of(cls, person: int) -> "Limits":
        """Those of a person, given by key."""
        own = Quota.objects.filter(person=person).first()
        photos, size = (own.photos, own.bytes) if own else (None, None)
        return cls(
            settings.QUOTA_PHOTOS if photos is None else photos,
            settings.QUOTA_BYTES if size is None else size,
        )


@dataclass(frozen=True)
class Usage:
    """How much a person keeps: photos, and the bytes of their pictures and originals."""

    photos: int
    bytes: int

    @classmethod
    def of(cls, person: int) -> "Usage":
        """That of a person, given by key. The index `photo_bytes` has all that it reads."""
        mine = Photo.objects.filter(gallery__owner=person).order_by()
        size = F("bytes") + F("original_bytes")
        sums = mine.aggregate(photos=Count("pk"), bytes=Sum(size, default=0))
        return cls(**sums)


def hold(person: int) -> None:
    """Lock a person's quota until the transaction ends: uploads count one after the other.

    Everyone locks a person before that person's photos, blocks and galleries. Only rows that refer
    to the person can be written meanwhile, such as the audit's. SQLite has one writer anyway.
    """
    User.objects.select_for_update(no_key=True).filter(pk=person).values_list("pk").first()
