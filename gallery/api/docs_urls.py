"""The schema and its browsable page, under /api/, where all else is nothing."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from gallery.api.errors import not_found
from gallery.api.views import DocsView

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    re_path("", not_found),
]
