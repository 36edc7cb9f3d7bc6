"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from celebattr import metrics

urlpatterns = [
    path("", include("gallery.urls")),
    path("account/", include("gallery.account_urls")),
    path("api/v1/", include("gallery.api.urls")),
    path("api/", include("gallery.api.docs_urls")),
    path("metrics", metrics.for_staff, name="metrics"),
    path("admin/", admin.site.urls),
    path("django-rq/", include("django_rq.urls")),
]

handler400 = "celebattr.refusals.bad_request"
handler500 = "gallery.api.errors.server_error"
