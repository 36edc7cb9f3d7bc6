"""What staff see. Only uploads add photos, and only the worker adds faces."""

from collections.abc import Sequence
from typing import Any, TypeVar

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from gallery.analysis import jobs
from gallery.library import deletion
from gallery.models import Face, Gallery, Invitation, Membership, Photo, Quota
from gallery.models.photo import PhotoQuerySet
from gallery.sharing.members import remove
from ml.models import ModelVersion

admin.site.site_header = admin.site.site_title = "CelebAttr"
admin.site.unregister(User)
# One way in: with its limits, and with the second step of those who have one.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

M = TypeVar("M", bound=Model)


class NoAdding(admin.ModelAdmin[M]):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FacesGoToo(admin.ModelAdmin[M]):
    def get_deleted_objects(
        self, objs: QuerySet[Any] | Sequence[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Faces cannot be deleted alone, but they are deleted with what they belong to.

        The same holds for quotas and memberships, for those who may delete people and galleries.
        """
        doomed, counts, refused, protected = super().get_deleted_objects(objs, request)
        allowed = {model._meta.verbose_name for model in (Face, Quota, Membership)}
        return doomed, counts, refused - allowed, protected


class QuotaInline(admin.StackedInline[Quota, User]):
    model = Quota


@admin.register(User)
class AccountAdmin(FacesGoToo[User], UserAdmin[User]):
    inlines = (QuotaInline,)

    def delete_model(self, request: HttpRequest, user: User) -> None:
        deletion.delete_account(user)

    def delete_queryset(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            deletion.delete_account(user)


@admin.register(Gallery)
class GalleryAdmin(FacesGoToo[Gallery]):
    view_on_site = False  # its page is its owner's
    list_display = ("name", "owner", "created_at", "deleted_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    raw_id_fields = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gallery]:
        return super().get_queryset(request).filter(trash_of=None)

    def save_model(self, request: HttpRequest, gallery: Gallery, form: Any, change: bool) -> None:
        """Give a new owner the gallery's trash too, and end their membership."""
        super().save_model(request, gallery, form, change)
        Gallery.objects.filter(trash_of=gallery).update(owner=gallery.owner)
        gallery.memberships.filter(person=gallery.owner).delete()

    def delete_model(self, request: HttpRequest, gallery: Gallery) -> None:
        deletion.delete_gallery(gallery)

    def delete_queryset(self, request: HttpRequest, galleries: QuerySet[Gallery]) -> None:
        for gallery in galleries:
            deletion.delete_gallery(gallery)


@admin.register(Membership)
class MembershipAdmin(NoAdding[Membership]):
    list_display = ("gallery", "person", "invited_as", "role", "accepted_at")
    list_filter = ("role",)
    list_select_related = ("gallery", "person")
    search_fields = ("gallery__name", "person__username")

    def delete_model(self, request: HttpRequest, membership: Membership) -> None:
        self.delete_queryset(request, Membership.objects.filter(pk=membership.pk))

    def delete_queryset(self, request: HttpRequest, members: QuerySet[Membership]) -> None:
        for membership in members.select_related("gallery__owner", "person"):
            remove(membership, request.user)


@admin.register(Photo)
class PhotoAdmin(FacesGoToo[Photo], NoAdding[Photo]):
    view_on_site = False
    list_display = ("original_name", "gallery", "status", "failure", "attempts", "created_at")
    list_filter = ("status", "model_version")
    list_select_related = ("gallery",)
    search_fields = ("uuid", "original_name", "gallery__name")
    actions = ("retry",)

    @admin.action(description="Retry the failed ones", permissions=["delete"])
    def retry(self, request: HttpRequest, photos: PhotoQuerySet) -> None:
        count = jobs.retry_photos(photos)
        self.message_user(request, f"{count} photos were queued.")

    def delete_model(self, request: HttpRequest, photo: Photo) -> None:
        deletion.delete_photos(Photo.objects.filter(pk=photo.pk))

    def delete_queryset(self, request: HttpRequest, photos: QuerySet[Photo]) -> None:
        deletion.delete_photos(Photo.objects.filter(pk__in=photos.values("pk")))


@admin.register(Face)
class FaceAdmin(NoAdding[Face]):
    list_display = ("uuid", "photo", "detector", "score", "model_version")
    list_filter = ("detector", "model_version")
    list_select_related = ("photo", "model_version")
    search_fields = ("uuid", "photo__uuid", "photo__original_name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModelVersion)
class ModelVersionAdmin(NoAdding[ModelVersion]):
    list_display = ("name", "sha256", "architecture", "is_active", "created_at")
    list_filter = ("is_active",)


@admin.register(Invitation)
class InvitationAdmin(NoAdding[Invitation]):
    list_display = ("created_at", "by", "expires_at", "used_at", "person")
    list_select_related = ("by", "person")
