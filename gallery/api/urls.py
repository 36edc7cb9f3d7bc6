"""The API's addresses, under /api/v1/."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from gallery.api import views
from gallery.api.errors import not_found
from gallery.api.saved_filters import SavedFilterViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("galleries", views.GalleryViewSet, basename="gallery")
router.register("photos", views.PhotoViewSet, basename="photo")
router.register("filters", SavedFilterViewSet, basename="filter")
router.register("faces", views.FaceViewSet, basename="face")

urlpatterns = [
    path("photos/export.csv", views.ExportView.as_view(), name="export"),
    path("photos/<uuid:id>/picture.jpg", views.PictureView.as_view(), name="picture"),
    path(
        "photos/<uuid:id>/preview.jpg",
        views.PictureView.as_view(variant="preview"),
        name="preview",
    ),
    path(
        "photos/<uuid:id>/thumbnail.jpg",
        views.PictureView.as_view(variant="thumbnail"),
        name="thumbnail",
    ),
    path("faces/<uuid:id>/crop.jpg", views.CropView.as_view(), name="crop"),
    path("facets/", views.FacetsView.as_view(), name="facets"),
    path("attributes/", views.AttributesView.as_view(), name="attributes"),
    *router.urls,
    re_path("", not_found),
]
