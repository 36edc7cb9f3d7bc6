"""What staff see. Photos come in through uploads only, faces through the worker only."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from gallery import library
from gallery.analysis import jobs
from gallery.models import Face, Gallery, Photo
from gallery.models.gallery import GalleryQuerySet
from gallery.models.photo import PhotoQuerySet
from ml.models import ModelVersion

admin.site.site_header = admin.site.site_title = "CelebAttr"
admin.site.unregister(User)


class NoAdding(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FacesGoToo(admin.ModelAdmin):
    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Nobody may delete a face by itself, but it goes with what it belongs to."""
        doomed, counts, refused, protected = super().get_deleted_objects(objs, request)
        return doomed, counts, refused - {Face._meta.verbose_name}, protected


@admin.register(User)
class AccountAdmin(FacesGoToo, UserAdmin):
    def delete_model(self, request: HttpRequest, user: User) -> None:
        library.delete_account(user)

    def delete_queryset(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            library.delete_account(user)


@admin.register(Gallery)
class GalleryAdmin(FacesGoToo):
    list_display = ("name", "owner", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    raw_id_fields = ("owner",)

    def delete_model(self, request: HttpRequest, gallery: Gallery) -> None:
        library.delete_gallery(gallery)

    def delete_queryset(self, request: HttpRequest, galleries: GalleryQuerySet) -> None:
        for gallery in galleries:
            library.delete_gallery(gallery)


@admin.register(Photo)
class PhotoAdmin(FacesGoToo, NoAdding):
    list_display = ("original_name", "gallery", "status", "failure", "attempts", "created_at")
    list_filter = ("status", "model_version")
    list_select_related = ("gallery",)
    search_fields = ("uuid", "original_name", "gallery__name")
    actions = ("retry",)

    @admin.action(description="Analyse the failed ones again", permissions=["delete"])
    def retry(self, request: HttpRequest, photos: PhotoQuerySet) -> None:
        count = jobs.retry_photos(photos)
        self.message_user(request, f"{count} photos were queued.")

    def delete_model(self, request: HttpRequest, photo: Photo) -> None:
        library.delete_photos(Photo.objects.filter(pk=photo.pk))

    def delete_queryset(self, request: HttpRequest, photos: PhotoQuerySet) -> None:
        library.delete_photos(photos)


@admin.register(Face)
class FaceAdmin(NoAdding):
    list_display = ("uuid", "photo", "detector", "score", "model_version")
    list_filter = ("detector", "model_version")
    list_select_related = ("photo", "model_version")
    search_fields = ("uuid", "photo__uuid", "photo__original_name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModelVersion)
class ModelVersionAdmin(NoAdding):
    list_display = ("name", "sha256", "architecture", "is_active", "created_at")
    list_filter = ("is_active",)
