"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from celebattr import metrics, refusals

urlpatterns = [
    path("", include("gallery.urls")),
    path("account/", include("gallery.account_urls")),
    path("api/v1/", include("gallery.api.urls")),
    path("api/", include("gallery.api.docs_urls")),
    path("language/", require_POST(set_language), name="set_language"),
    path("metrics", metrics.for_staff, name="metrics"),
    # From a row to its page: staff do not see other people's, and not every row has a table.
    path("admin/r/<path:content_type_id>/<path:object_id>/", refusals.nothing_here),
    path("admin/", admin.site.urls),
    path("django-rq/", include("django_rq.urls")),
]

handler400 = "celebattr.refusals.bad_request"
handler500 = "gallery.api.errors.server_error"
