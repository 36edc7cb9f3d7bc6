"""Column types of our own."""

from django.db import models


class RealField(models.FloatField):
    """A float of four bytes where the database has one: half the width of a face's row.

    PostgreSQL's `real` holds 0.7 as 0.699999988, so values are rounded to four decimals before
    they are written and thresholds are compared half a step away (see `gallery.filters`): both
    stores then agree with each other and with the four decimals that people see.
    """

    def db_type(self, connection) -> str | None:
        return "real"
