"""Fields of a body or a query that take what the schema says of them, and nothing else."""

from typing import Any
from uuid import UUID

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gallery.fields import NameField
from gallery.filters.pattern import EXPRESSION
from gallery.models.saved_filter import MAX_LENGTH

# Not only blanks, and no NUL. What else is not seen (`gallery.names.is_seen`), only engines with
# Unicode's categories could say, and Python's is none.
NOT_BLANK = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


class TextField(serializers.CharField):
    """Text: a number is a mistake, not a name."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


@extend_schema_field(
    {"type": "string", "minLength": 1, "maxLength": NameField().max_length, "pattern": NOT_BLANK},
)
class VisibleNameField(TextField):
    """What people call their things: some of it can be seen."""


@extend_schema_field(
    {"type": "string", "maxLength": MAX_LENGTH, "pattern": EXPRESSION},
    component_name="FilterExpression",
)
class ExpressionField(TextField):
    """A filter; the view reads it."""


class IdField(serializers.UUIDField):
    """An id as text: a number is a mistake, not an id of 128 bits."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        found: UUID = super().to_internal_value(data)
        return found


class FlagField(serializers.BooleanField):
    """JSON's true or false: no 1, no "on"."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class NumberField(serializers.FloatField):
    """JSON's number: no text, no true."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, str | bool):
            self.fail("invalid")
        number: float = super().to_internal_value(data)
        return number


class WholeNumberField(serializers.IntegerField):
    """JSON's number without a fraction: no text, no true."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str | bool):
            self.fail("invalid")
        number: int = super().to_internal_value(data)
        return number


@extend_schema_field(
    {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1},
)
class SideField(NumberField):
    """A width or height as a fraction: more than nothing, which `boxes` checks."""


# For the serializers of models.
OF_COLUMNS = {
    **serializers.ModelSerializer.serializer_field_mapping,
    models.CharField: TextField,
    models.BooleanField: FlagField,
    NameField: VisibleNameField,
}
