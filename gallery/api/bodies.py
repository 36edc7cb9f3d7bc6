"""Request bodies that reject unknown fields."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.request import Request

from gallery.filters.terms import hint


class StrictSerializer(serializers.Serializer[Any]):
    """Rejects unknown fields; a misspelled filter would select everything."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.get_fields())):
            raise serializers.ValidationError(
                {name: [f"Unknown field. {hint(name, self.get_fields())}"] for name in unknown}
            )
        return super().to_internal_value(data)

    @classmethod
    def key(cls) -> str:
        """The first field: what a body of this form must have."""
        return next(iter(cls().get_fields()))


Forms = tuple[type[StrictSerializer], ...]


def either(forms: Forms) -> PolymorphicProxySerializer:
    """A body of one of these forms, for the schema."""
    return PolymorphicProxySerializer(
        component_name="Or".join(form.__name__ for form in forms),
        serializers=list(forms),
        resource_type_field_name=None,
    )


def read_body(request: Request, *forms: type[StrictSerializer]) -> dict[str, Any]:
    """The values of a body, checked. Of several forms it has the one whose key it holds."""
    form = _form_of(request.data, forms) if len(forms) > 1 else forms[0]
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values


def _form_of(data: Any, forms: Forms) -> type[StrictSerializer]:
    fitting = [form for form in forms if isinstance(data, dict) and form.key() in data]
    if len(fitting) != 1:
        keys = " or ".join(form.key() for form in forms)
        raise serializers.ValidationError(f"Give either {keys}.")
    return fitting[0]
