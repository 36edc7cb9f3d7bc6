"""Column types of our own, and how precise their values are."""

from django.db import models

# PostgreSQL's `real` holds 0.7 as 0.699999988. So probabilities are rounded to four decimals before
# they are written, and compared half a step away from the number asked for: a value is then on the
# same side of it in every database, and agrees with the four decimals that people see.
DECIMALS = 4
HALF_STEP = 0.00005


class RealField(models.FloatField):
    """A float of four bytes where the database has one: half the width of a face's row."""

    def db_type(self, connection) -> str | None:
        return "real"
