"""The addresses of the pages that people see."""

from django.urls import path

from gallery import media
from gallery.variants import PREVIEW, THUMBNAIL
from gallery.views import (
    account,
    activity,
    boxes,
    exports,
    faces,
    galleries,
    model_versions,
    operate,
    photos,
    review,
    saved_filters,
    uploads,
)

picture, variant, crop = (
    media.on_a_page(view) for view in (media.picture, media.variant, media.crop)
)

app_name = "gallery"
urlpatterns = [
    path("", galleries.home, name="home"),
    path("upload/", uploads.upload_first, name="upload_first"),
    path("galleries/new/", galleries.create, name="create"),
    path("galleries/<uuid:uuid>/", galleries.gallery, name="gallery"),
    path("galleries/<uuid:uuid>/upload/", uploads.upload, name="upload"),
    path("galleries/<uuid:uuid>/progress/", galleries.gallery_progress, name="progress"),
    path("galleries/<uuid:uuid>/export.<str:suffix>", exports.export, name="export"),
    path("galleries/<uuid:uuid>/consent/", exports.consent, name="consent"),
    path("galleries/<uuid:uuid>/rename/", galleries.rename, name="rename"),
    path("galleries/<uuid:uuid>/delete/", galleries.delete, name="delete"),
    path("galleries/<uuid:uuid>/retry/", galleries.retry, name="retry"),
    path("galleries/<uuid:uuid>/review/", review.review_list, name="review_list"),
    path("galleries/<uuid:uuid>/review/<str:attribute>/", review.review, name="review"),
    path("galleries/<uuid:uuid>/filters/", saved_filters.save, name="save_filter"),
    path("filters/<uuid:uuid>/", saved_filters.saved_filter, name="saved_filter"),
    path("filters/<uuid:uuid>/rename/", saved_filters.rename, name="rename_filter"),
    path("filters/<uuid:uuid>/delete/", saved_filters.delete, name="delete_filter"),
    path("photos/<uuid:uuid>/", photos.photo, name="photo"),
    path("photos/<uuid:uuid>/retry/", photos.retry, name="retry_photo"),
    path("photos/<uuid:uuid>/delete/", photos.delete, name="delete_photo"),
    path("photos/<uuid:uuid>/picture.jpg", picture, name="picture"),
    path("photos/<uuid:uuid>/preview.jpg", variant, {"name": PREVIEW}, name="preview"),
    path("photos/<uuid:uuid>/thumbnail.webp", variant, {"name": THUMBNAIL}, name="thumbnail"),
    path("faces/<uuid:uuid>/answer/", faces.answer, name="answer"),
    path("photos/<uuid:uuid>/faces/draw/", boxes.draw_face, name="draw_face"),
    path("faces/<uuid:uuid>/remove/", boxes.remove_face, name="remove_face"),
    path("faces/answer/", faces.answer_many, name="answer_many"),
    path("answers/undo/", faces.undo, name="undo"),
    path("faces/<uuid:uuid>/crop.webp", crop, name="crop"),
    path("models/", model_versions.model_versions, name="models"),
    path("operate/", operate.operate, name="operate"),
    path("operate/retry/", operate.retry_failed, name="retry_failed"),
    path("operate/activity/", activity.everyone, name="activity_of_all"),
    path("account/activity/", activity.activity, name="activity"),
    path("account/activity.csv", activity.as_csv, name="activity_csv"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<int:pk>/end/", account.end_session, name="end_session"),
    path("account/invite/", account.invite, name="invite"),
    path("account/tokens/", account.create_token, name="create_token"),
    path("account/tokens/revoke/", account.revoke_tokens, name="revoke_tokens"),
    path("account/tokens/<slug:key>/revoke/", account.revoke_token, name="revoke_token"),
    path("account/delete/", account.delete_account, name="delete_account"),
]
