"""What the API's views are built on."""

from typing import Any, ClassVar

from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from gallery.api.pagination import CursorPages
from gallery.api.queries import PageQuery, check_names
from gallery.filters.terms import Decider
from ml.attributes import NAMES
from ml.evaluation.calibration import Thresholds
from ml.models import ModelVersion


class JsonOnly(DefaultContentNegotiation):
    """Answers in the view's one format, whatever the Accept header or ?format= would like."""

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: Any = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class FlatJSONParser(JSONParser):
    """Answers a body nested too deeply for Python's own parser like any other bad JSON."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


# Comments, not docstrings, say what these two are: the schema would show a docstring to people.


# What all views share.
class Api(APIView):
    content_negotiation_class = JsonOnly
    parser_classes = (FlatJSONParser,)
    http_method_names = ("get", "head", "post", "patch", "delete")
    # By action or method, what its query parameters may be. Where nothing is said none is read.
    queries: ClassVar[dict[str, tuple[type[Serializer], ...]]] = {}

    def taken(self) -> tuple[type[Serializer], ...]:
        """What the query parameters of the present request may be."""
        action = getattr(self, "action", None) or self.request.method.lower()
        return self.queries.get(action.replace("head", "get"), ())

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.taken():
            check_names(request.query_params, self.taken())

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        add_never_cache_headers(response)
        return response

    @cached_property
    def version(self) -> ModelVersion | None:
        return ModelVersion.objects.active()

    @cached_property
    def decider(self) -> Decider | None:
        """What the decisions are made by; None before a model was activated."""
        return Decider(self.version) if self.version else None

    @cached_property
    def thresholds(self) -> dict[str, Thresholds] | None:
        """By name, those that the decisions are made by; None before a model was activated."""
        version = self.version
        return version and {name: version.thresholds_of(name) for name in NAMES}


# Rows that have a uuid for an id, in pages.
class Rows(Api, GenericViewSet):
    queries = {"list": (PageQuery,)}
    lookup_field = "uuid"
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"
    pagination_class = CursorPages
