"""The schema and its browsable page, under /api/, where all else is nothing."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from gallery.api.errors import not_found
from gallery.api.photos import DocsView

# Swagger's own style sheet holds its icons.
docs = csp_update({"img-src": [SELF, "data:"]})(DocsView.as_view())

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    re_path("", not_found),
]
