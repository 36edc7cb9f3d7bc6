"""REST tokens."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import OperationalError, models
from django.utils import timezone
from knox.models import AbstractAuthToken

from gallery.fields import NameField
from gallery.models.gallery import Gallery

USE_NOTED = timedelta(minutes=1)  # at most so often: a program asks many times a second


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # Knox has no types
    """A REST token, kept only as a hash. The name tells its owner what it is for."""

    name: NameField = NameField()
    can_write: "models.BooleanField[bool, bool]" = models.BooleanField(default=True)
    # The only one that it opens; None: all that its owner sees.
    gallery: "models.ForeignKey[Gallery | None, Gallery | None]" = models.ForeignKey(
        Gallery, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    last_used_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(
        null=True, editable=False
    )

    def note_use(self) -> None:
        """Remember that it was used just now, for its owner to see."""
        now = timezone.now()
        if self.last_used_at and now - self.last_used_at < USE_NOTED:
            return
        # Where SQLite is busy the request goes on, and a later one is noted.
        with suppress(OperationalError):
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)
