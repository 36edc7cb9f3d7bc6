"""What the API's views are built on."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.db.models import Model
from django.utils.cache import add_never_cache_headers, patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.http import conditional_page
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from gallery.api.authentication import token_of
from gallery.api.pagination import CursorPages
from gallery.api.queries import PageQuery, check_names
from gallery.filters.terms import Decider
from ml.attributes import NAMES
from ml.evaluation.decisions import Thresholds
from ml.models import ModelVersion

Query = type[Serializer[Any]]  # some query parameters, and what each may be
M = TypeVar("M", bound=Model)


class ApiRequest(Request):
    """A request of a person with a token or a session: the only ones that reach a view."""

    user: User


class JsonOnly(DefaultContentNegotiation):
    """Answers in the view's one format, whatever the Accept header or ?format= asks for."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class BoundedJSONParser(JSONParser):
    """Refuses a body that is too large, or nested too deeply for Python's parser."""

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise RequestDataTooBig
        try:
            return super().parse(BytesIO(body), *args, **kwargs)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


# These two have comments, not docstrings: the schema would show a docstring to people.


# What all views share. Django gives an answer that may be kept an ETag, and sends 304 if the
# program has it already.
@method_decorator(conditional_page, name="dispatch")
class Api(APIView):
    content_negotiation_class = JsonOnly
    parser_classes: tuple[type[BaseParser], ...] = (BoundedJSONParser,)
    http_method_names = ["get", "head", "post", "patch", "delete"]
    # The query parameters of each action or method; those of a method not listed are ignored.
    queries: ClassVar[dict[str, tuple[Query, ...]]] = {}
    is_streamed = False  # whether the body is streamed, and so has no ETag

    def taken(self) -> tuple[Query, ...]:
        """The query parameters that the current request may have."""
        action: str = getattr(self, "action", None) or (self.request.method or "").lower()
        return self.queries.get(action.replace("head", "get"), ())

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.taken():
            check_names(request.query_params, self.taken())

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(*args, **kwargs)
        if self._may_be_kept(response):
            # The program may keep it, but must ask each time whether it still holds.
            patch_cache_control(response, private=True, no_cache=True, max_age=0)
            patch_vary_headers(response, ("Authorization", "Cookie"))
        else:
            add_never_cache_headers(response)
        return response

    def _may_be_kept(self, response: Response) -> bool:
        """Whether a program may keep an answer. A browser may not: Back would show it."""
        is_whole = self.request.method == "GET" and response.status_code in (200, 206, 304)
        return is_whole and not self.is_streamed and token_of(self.request) is not None

    @cached_property
    def version(self) -> ModelVersion | None:
        return ModelVersion.objects.active()

    @cached_property
    def decider(self) -> Decider | None:
        """What the decisions are made by; None before a model was activated."""
        return Decider(self.version) if self.version else None

    @cached_property
    def thresholds(self) -> dict[str, Thresholds] | None:
        """The active model's thresholds by attribute; None without an active model."""
        version = self.version
        return {name: version.thresholds_of(name) for name in NAMES} if version else None


# Rows that have a uuid for an id, in pages.
class Rows(Api, GenericViewSet[M]):
    queries = {"list": (PageQuery,)}
    lookup_field = "uuid"
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"
    pagination_class = CursorPages
