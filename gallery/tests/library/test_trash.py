from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.answers import corrections
from gallery.answers.undo import undo
from gallery.filters.blocks import read_blocks
from gallery.library import deletion, sweep, trash
from gallery.models import Act, Correction, Face, Gallery, Photo
from gallery.models.quota import Usage
from gallery.tests.factories import (
    make_gallery,
    make_photo,
    make_ready,
    make_user,
    make_version,
    reload,
)
from gallery.tests.pictures import files_of, make_upload, stored_files
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def gallery() -> Gallery:
    return make_gallery()


def visible(gallery: Gallery) -> list[Photo]:
    return list(Photo.objects.visible_to(gallery.owner).order_by("pk"))


def in_trash(gallery: Gallery) -> list[Photo]:
    return list(Photo.objects.in_trash_of(gallery.owner).order_by("pk"))


def test_a_deleted_photo_is_in_no_read_and_comes_back_as_it_was(gallery):
    photo, kept = make_ready(gallery, smiling=0.9), make_ready(gallery)
    answered = corrections.answer(Face.objects.filter(photo=photo), "Young", True, gallery.owner)

    trashed = trash.trash_photos(Photo.objects.filter(pk=photo.pk))

    assert (trashed.count, visible(gallery), in_trash(gallery)) == (1, [kept], [photo])
    assert Face.objects.visible_to(gallery.owner).get().photo == kept
    assert not Correction.objects.visible_to(gallery.owner).exists()
    assert trash.undo(gallery.owner, trashed.batch).photos == 1
    assert visible(gallery) == [photo, kept] and in_trash(gallery) == []
    face = Face.objects.visible_to(gallery.owner).get(photo=photo)
    assert (face.gallery, face.young) == (gallery, 1)
    assert undo(gallery.owner, answered.batch).answers == 1


def test_what_counts_faces_sees_a_photo_leave_and_come_back(gallery):
    version = make_version()
    photo, _ = make_ready(gallery), make_ready(gallery)

    def count() -> int:
        return sum(len(block.photos) for block in read_blocks([gallery.pk], version))

    assert count() == 2
    trashed = trash.trash_photos(Photo.objects.filter(pk=photo.pk))
    assert count() == 1
    trash.undo(gallery.owner, trashed.batch)
    assert count() == 2


def test_photos_in_the_trash_count_in_the_quota(gallery):
    make_photo(gallery=gallery, bytes=70)
    before = Usage.of(gallery.owner_id)

    trash.trash_photos(gallery.photos.all())

    assert Usage.of(gallery.owner_id) == before == Usage(photos=1, bytes=70)


def test_a_photo_of_a_file_that_is_back_stays_in_the_trash(gallery):
    photo, _ = add_photo(gallery, make_upload())
    trashed = trash.trash_photos(Photo.objects.filter(pk=photo.pk))
    again, is_new = add_photo(gallery, make_upload())
    assert is_new

    restored = trash.undo(gallery.owner, trashed.batch)

    assert (restored.photos, restored.stayed) == (0, 1)
    assert visible(gallery) == [again] and in_trash(gallery) == [photo]


def test_of_two_photos_of_a_file_the_trash_keeps_the_one_deleted_last(
    gallery, django_capture_on_commit_callbacks
):
    first, _ = add_photo(gallery, make_upload())
    trash.trash_photos(gallery.photos.all())
    second, _ = add_photo(gallery, make_upload())

    with django_capture_on_commit_callbacks(execute=True):
        assert trash.trash_photos(Photo.objects.filter(pk=second.pk)).count == 1

    assert in_trash(gallery) == [second]
    assert stored_files() == files_of(second)


def test_photos_of_many_galleries_are_one_batch():
    owner = make_user()
    galleries = [make_gallery(owner=owner), make_gallery(owner=owner)]
    photos = [make_photo(gallery=gallery) for gallery in galleries]

    trashed = trash.trash_photos(Photo.objects.all())
    restored = trash.undo(owner, trashed.batch)

    assert (trashed.count, restored.photos) == (2, 2)
    assert [reload(photo).gallery for photo in photos] == galleries


def test_nobody_undoes_what_another_deleted(gallery):
    make_photo(gallery=gallery)
    trashed = trash.trash_photos(gallery.photos.all())

    assert trash.undo(make_user(), trashed.batch) == trash.Restored()
    assert visible(gallery) == []


def test_a_deleted_gallery_comes_back_with_its_photos_and_its_trash(gallery):
    earlier, photo = make_photo(gallery=gallery), make_photo(gallery=gallery)
    trash.trash_photos(Photo.objects.filter(pk=earlier.pk))

    batch = trash.trash_gallery(gallery)

    assert visible(gallery) == [] and in_trash(gallery) == []
    assert not Gallery.objects.visible_to(gallery.owner).exists()
    assert list(Gallery.objects.in_trash_of(gallery.owner)) == [gallery]
    assert trash.undo(gallery.owner, batch).galleries == 1
    assert (visible(gallery), in_trash(gallery)) == ([photo], [earlier])


def test_photos_of_a_gallery_in_the_trash_cannot_be_restored_alone(gallery):
    photo = make_photo(gallery=gallery)
    trash.trash_photos(gallery.photos.all())
    trash.trash_gallery(gallery)

    assert trash.restore_photos(Photo.objects.filter(pk=photo.pk)) == trash.Restored()


def test_without_days_all_goes_at_once(gallery, settings, django_capture_on_commit_callbacks):
    settings.TRASH_DAYS = 0
    add_photo(gallery, make_upload())

    with django_capture_on_commit_callbacks(execute=True):
        trashed = trash.trash_photos(gallery.photos.all())

    assert (trashed.count, trashed.batch) == (1, None)
    assert not Photo.objects.exists() and stored_files() == []
    assert trash.trash_gallery(gallery) is None
    assert not Gallery.objects.exists()


def test_the_sweep_deletes_what_was_in_the_trash_for_long_enough(
    settings, django_capture_on_commit_callbacks
):
    settings.TRASH_DAYS = 30
    old, new = make_gallery(), make_gallery()
    for gallery, days in ((old, 31), (new, 29)):
        photo, _ = add_photo(gallery, make_upload())
        second = make_gallery(owner=gallery.owner)
        add_photo(second, make_upload())
        trash.trash_photos(Photo.objects.filter(pk=photo.pk))
        trash.trash_gallery(second)
        at = timezone.now() - timedelta(days=days)
        Photo.objects.filter(pk=photo.pk).update(deleted_at=at)
        Gallery.objects.filter(pk=second.pk).update(deleted_at=at)

    with django_capture_on_commit_callbacks(execute=True):
        sweep.clear_away()

    left = {photo.gallery.owner for photo in Photo.objects.select_related("gallery__owner")}
    assert left == {new.owner} and Photo.objects.count() == 2
    assert len(stored_files()) == 2 * 2
    assert set(Gallery.objects.kept()) == {old, new}
    assert Gallery.objects.in_trash_of(new.owner).count() == 1
    assert not Gallery.objects.in_trash_of(old.owner).exists()


def test_emptying_leaves_what_is_not_in_the_trash(gallery):
    kept, gone = make_photo(gallery=gallery), make_photo(gallery=gallery)
    second = make_gallery(owner=gallery.owner)
    make_photo(gallery=second)
    others = make_photo()
    trash.trash_photos(Photo.objects.filter(pk__in=(gone.pk, others.pk)))
    trash.trash_gallery(second)

    assert trash.empty(gallery.owner) == 2

    assert set(Photo.objects.all()) == {kept, others}
    assert list(Gallery.objects.real().filter(owner=gallery.owner)) == [gallery]


def test_a_photo_that_was_restored_meanwhile_is_not_deleted_for_good(gallery, monkeypatch):
    photo = make_photo(gallery=gallery)
    trashed = trash.trash_photos(gallery.photos.all())
    pieces = trash.pieces

    def restore_first(photos):
        keys = list(photos.values_list("pk", flat=True))
        monkeypatch.setattr(trash, "pieces", pieces)
        trash.undo(gallery.owner, trashed.batch)
        yield keys

    monkeypatch.setattr(trash, "pieces", restore_first)

    assert trash.erase_photos(Photo.objects.in_trash_of(gallery.owner)) == 0
    assert visible(gallery) == [photo]


def test_a_gallery_that_was_restored_meanwhile_is_not_deleted_for_good(gallery):
    batch = trash.trash_gallery(gallery)
    listed = Gallery.objects.in_trash_of(gallery.owner)
    assert len(listed) == 1
    trash.undo(gallery.owner, batch)

    assert trash.erase_galleries(listed) == 0
    assert Gallery.objects.kept().get() == gallery


def test_a_gallery_that_is_about_to_go_for_good_cannot_be_had_back(gallery, monkeypatch):
    batch = trash.trash_gallery(gallery)
    monkeypatch.setattr(trash, "delete_gallery", lambda gallery: None)  # it takes a while

    trash.erase_galleries(Gallery.objects.in_trash_of(gallery.owner))

    assert trash.undo(gallery.owner, batch) == trash.Restored()
    assert not Gallery.objects.in_trash_of(gallery.owner).exists()


def test_a_large_trash_is_emptied_in_several_transactions(gallery, monkeypatch):
    monkeypatch.setattr(deletion, "PIECE", 2)
    for _ in range(5):
        make_photo(gallery=gallery)

    assert trash.trash_photos(gallery.photos.all()).count == 5
    assert trash.empty(gallery.owner) == 5

    acts = Act.objects.filter(person=gallery.owner)
    for kind in (Act.Kind.PHOTOS_TRASHED, Act.Kind.PHOTOS_DELETED):
        assert sorted(acts.filter(kind=kind).values_list("count", flat=True)) == [1, 2, 2]


def test_an_account_goes_with_its_trash_at_once(gallery, django_capture_on_commit_callbacks):
    add_photo(gallery, make_upload())
    trash.trash_photos(gallery.photos.all())
    second = make_gallery(owner=gallery.owner)
    trash.trash_gallery(second)

    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete_account(gallery.owner)

    assert not Photo.objects.exists() and not Gallery.objects.exists()
    assert stored_files() == []


def test_what_is_in_the_trash_lets_others_go_first_and_comes_back_as_an_upload(gallery):
    photo = make_photo(gallery=gallery)

    trashed = trash.trash_photos(gallery.photos.all())
    assert reload(photo).priority == Photo.Priority.RERUN

    trash.undo(gallery.owner, trashed.batch)
    assert reload(photo).priority == Photo.Priority.UPLOAD


def test_deletions_and_what_comes_back_are_recorded(gallery):
    make_photo(gallery=gallery)
    trashed = trash.trash_photos(gallery.photos.all())
    trash.undo(gallery.owner, trashed.batch)
    trash.undo(gallery.owner, trash.trash_gallery(gallery))

    acts = Act.objects.order_by("pk").values_list("kind", "about", "count", "person")
    owner, name = gallery.owner_id, gallery.name
    assert list(acts) == [
        (kind, name, 1, owner)
        for kind in ("photos_trashed", "photos_restored", "gallery_trashed", "gallery_restored")
    ]
