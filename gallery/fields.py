"""Our own column type, and the precision of its values."""

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable

# PostgreSQL's `real` stores 0.7 as 0.699999988. So probabilities are rounded to four decimals
# before they are written, and compared with a number half a step away from the one asked for: a
# value is then on the same side of it in every database, as its four decimals suggest.
DECIMALS = 4
HALF_STEP = 0.00005


class RealField(models.FloatField[Combinable | float | int | str, float]):
    """A float of four bytes, where the database has such: it halves the size of a face's row."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "real"
