"""Pages: {"results": [...], "next": address or null}, by cursor, never by offset."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from gallery.api.queries import PageQuery, read_query
from gallery.models.pages import KeysetQuerySet, Page

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


class CursorPages(BasePagination):
    """The page that `cursor` and `page_size` ask for, in the queryset's own order."""

    def paginate_queryset(
        self, queryset: QuerySet[M, Row], request: Request, view: APIView | None = None
    ) -> list[Row]:
        # For the type checker: all rows of the API have pages by cursor.
        assert isinstance(queryset, KeysetQuerySet)  # noqa: S101
        query = read_query(PageQuery, request)
        page: Page[Any] = queryset.page(query["cursor"] or "", query["page_size"])
        address = request.build_absolute_uri()
        self.next = page.next_cursor and replace_query_param(address, "cursor", page.next_cursor)
        return page.items

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next or None})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        next_page = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "The next page's address; null on the last page.",
        }
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": next_page},
        }
