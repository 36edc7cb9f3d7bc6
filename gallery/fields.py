"""Our own column types, and the precision of their values."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable

from gallery.names import is_seen

# PostgreSQL's `real` stores 0.7 as 0.699999988. So probabilities are rounded to four decimals
# before they are written, and compared with a number half a step away from the one asked for: a
# value is then on the same side of it in every database, as its four decimals suggest.
DECIMALS = 4
HALF_STEP = 0.00005


class RealField(models.FloatField[Combinable | float | int | str, float]):
    """A float of four bytes, where the database has such: it halves the size of a face's row."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "real"


class WallTimeField(models.DateTimeField[Any, datetime | None]):
    """A day and time as a clock on the wall showed it, in a zone that may be unknown.

    It has no zone in Python, and is in UTC for the database, so that nothing ever shifts it.
    """

    def from_db_value(self, value: datetime | None, *_: Any) -> datetime | None:
        return value and value.replace(tzinfo=None)

    def get_prep_value(self, value: Any) -> Any:
        value = self.to_python(value)
        return super().get_prep_value(value and value.replace(tzinfo=UTC))


def validate_visible(name: str) -> None:
    """Refuse a name that nobody could see or press: only blanks, controls or combining marks."""
    if not is_seen(name):
        raise ValidationError("Give it a name with at least one letter that can be seen.")


class NameField(models.CharField[str, str]):
    """What people call their things."""

    default_validators = (validate_visible,)

    def __init__(self, max_length: int = 100, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
