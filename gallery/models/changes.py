"""Changing a row that another request may change or delete at the same time."""

from django.db.models import Model


def change(row: Model, *columns: str) -> None:
    """Write these columns of a row, and no others.

    `save()` would write all columns back as they were read, and insert the row again if it was
    deleted meanwhile.

    Raises:
        ObjectDoesNotExist: the row is no longer there.
    """
    model = row.__class__  # not type(): request.user is a proxy
    rows = model._default_manager.filter(pk=row.pk)
    values = {column: getattr(row, column) for column in columns}
    if not (rows.update(**values) if values else rows.exists()):
        raise model.DoesNotExist  # type: ignore[attr-defined]  # each model has its own
