"""The API's addresses, under /api/v1/."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from gallery.api import attributes, bulk, duplicates, exports, faces, imports, media, usage
from gallery.api.corrections import CorrectionViewSet
from gallery.api.errors import not_found
from gallery.api.galleries import GalleryViewSet
from gallery.api.members import InvitationViewSet, MemberLinkViewSet, MemberViewSet
from gallery.api.photos import PhotoViewSet
from gallery.api.saved_filters import SavedFilterViewSet
from gallery.api.share_links import ShareLinkViewSet
from gallery.api.trash import TrashedGalleryViewSet, TrashViewSet
from gallery.api.webhooks import WebhookViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("galleries", GalleryViewSet, basename="gallery")
router.register("photos", PhotoViewSet, basename="photo")
router.register("trash/galleries", TrashedGalleryViewSet, basename="trashed-gallery")
router.register("trash", TrashViewSet, basename="trash")
router.register("faces", faces.FaceViewSet, basename="face")
router.register("corrections", CorrectionViewSet, basename="correction")
router.register("filters", SavedFilterViewSet, basename="filter")
router.register("links", ShareLinkViewSet, basename="link")
router.register("invitations", InvitationViewSet, basename="invitation")
router.register("webhooks", WebhookViewSet, basename="webhook")

urlpatterns = [
    path("photos/export.csv", exports.CsvView.as_view(), name="export"),
    path("photos/export.jsonl", exports.JsonLinesView.as_view(), name="export_jsonl"),
    path("photos/export.coco.json", exports.CocoView.as_view(), name="export_coco"),
    path("photos/export.parquet", exports.ParquetView.as_view(), name="export_parquet"),
    path("photos/export.zip", exports.CelebaView.as_view(), name="export_zip"),
    path(
        "photos/export.imagefolder.zip",
        exports.ImageFolderView.as_view(),
        name="export_imagefolder",
    ),
    path(
        "galleries/<uuid:id>/corrections/import/",
        imports.ImportView.as_view(),
        name="import_corrections",
    ),
    path(
        "galleries/<uuid:id>/duplicates/",
        duplicates.DuplicatesView.as_view({"get": "list"}),
        name="duplicates",
    ),
    path(
        "galleries/<uuid:id>/duplicates/keep/",
        duplicates.KeepView.as_view(),
        name="keep_duplicates",
    ),
    path(
        "galleries/<uuid:id>/members/",
        MemberViewSet.as_view({"get": "list", "post": "create"}),
        name="member-list",
    ),
    path(
        "galleries/<uuid:id>/members/<uuid:member>/",
        MemberViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
        name="member-detail",
    ),
    path(
        "galleries/<uuid:id>/member-links/",
        MemberLinkViewSet.as_view({"get": "list", "post": "create"}),
        name="member-link-list",
    ),
    path(
        "galleries/<uuid:id>/member-links/<uuid:link>/",
        MemberLinkViewSet.as_view({"delete": "destroy"}),
        name="member-link-detail",
    ),
    path("photos/pictures.zip", bulk.PicturesView.as_view(), name="pictures"),
    path("photos/delete/", bulk.DeletePhotosView.as_view(), name="delete_photos"),
    path("photos/move/", bulk.MovePhotosView.as_view(), name="move_photos"),
    path("photos/copy/", bulk.CopyPhotosView.as_view(), name="copy_photos"),
    path("photos/<uuid:id>/picture.jpg", media.PictureView.as_view(), name="picture"),
    path("photos/<uuid:id>/original/", media.OriginalView.as_view(), name="original"),
    path("photos/<uuid:id>/preview.jpg", media.PreviewView.as_view(), name="preview"),
    path("photos/<uuid:id>/thumbnail.webp", media.ThumbnailView.as_view(), name="thumbnail"),
    path("photos/<uuid:id>/faces/", faces.DrawnFacesView.as_view(), name="drawn-faces"),
    path("faces/<uuid:id>/crop.webp", media.CropView.as_view(), name="crop"),
    path("facets/", attributes.FacetsView.as_view(), name="facets"),
    path("usage/", usage.UsageView.as_view(), name="usage"),
    path("attributes/", attributes.AttributesView.as_view(), name="attributes"),
    *router.urls,
    re_path("", not_found),
]
