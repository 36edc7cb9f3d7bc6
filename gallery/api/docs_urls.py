"""The schema and its browsable page, under /api/; every other address there is a JSON 404."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from gallery.api.errors import not_found


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI without inline scripts and styles, which the content security policy forbids."""

    template_name = "api/docs.html"
    url_name = "api-schema"


# Swagger's own style sheet has its icons as data: URLs.
docs = csp_update({"img-src": [SELF, "data:"]})(DocsView.as_view())

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    re_path("", not_found),
]
