import pytest
from django.core.files.storage import default_storage

from gallery.answers import corrections
from gallery.answers.corrections import answer
from gallery.library import trash
from gallery.models import BoxCorrection, Correction, Face, Gallery, Photo
from gallery.models.quota import Usage
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_member,
    make_user,
    make_version,
)
from gallery.tests.pictures import make_upload, stored_files
from gallery.uploads import copying
from gallery.uploads.adding import add_photo
from gallery.uploads.copying import copy_photos

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo() -> Photo:
    """An analyzed photo with a file, a face and an answer."""
    photo, _ = add_photo(make_gallery(), make_upload())
    photo.status, photo.model_version = Photo.Status.READY, make_version()
    photo.save()
    face = make_face(photo, smiling=0.3)
    answer(Face.objects.filter(pk=face.pk), "Smiling", True, photo.gallery.owner)
    BoxCorrection.objects.create(photo=photo, is_face=False, x=0, y=0, w=0.1, h=0.1)
    photo.refresh_from_db()
    return photo


@pytest.fixture
def target(photo) -> Gallery:
    return make_gallery(owner=photo.gallery.owner)


def test_a_copy_has_a_file_faces_and_answers_of_its_own(photo, target, rings):
    done = copy_photos(Photo.objects.filter(pk=photo.pk), target)

    (copy,) = target.photos.all()
    assert (done.count, done.stayed, copy.status, copy.face_count) == (1, 0, "ready", 1)
    assert copy.uuid != photo.uuid and copy.model_version == photo.model_version
    assert len(stored_files()) == 2 * 2
    assert default_storage.open(copy.file_name()).read() == photo.open_file().read()
    face, first = copy.faces.get(), photo.faces.get()
    assert (face.gallery, face.smiling) == (target, 1) and face.uuid != first.uuid
    given, before = face.corrections.get(), first.corrections.get()
    assert (given.is_yes, given.probability, given.person) == (True, 0.3, photo.gallery.owner)
    assert given.created_at == before.created_at and given.batch != before.batch
    assert copy.box_corrections.count() == 1


def test_a_copy_has_an_original_of_its_own_which_counts(photo, target):
    copy_photos(Photo.objects.filter(pk=photo.pk), target)

    copy = target.photos.get()
    assert copy.original_bytes == photo.original_bytes > 0
    assert copy.open_original().read() == photo.open_original().read() == make_upload().read()
    assert Usage.of(target.owner_id).bytes == 2 * photo.kept_bytes


def test_an_original_stays_with_its_owner(photo):
    copy_photos(Photo.objects.filter(pk=photo.pk), make_gallery())

    copy = Photo.objects.exclude(pk=photo.pk).get()
    assert copy.original_bytes == 0 and not default_storage.exists(copy.original_file())


def test_a_photo_whose_original_is_gone_is_copied_without(photo, target):
    default_storage.delete(photo.original_file())

    assert copy_photos(Photo.objects.filter(pk=photo.pk), target).count == 1
    assert target.photos.get().original_bytes == 0


def test_an_undo_of_an_answer_leaves_the_copys(photo, target):
    copy_photos(Photo.objects.filter(pk=photo.pk), target)

    corrections.undo(Correction.objects.all(), photo.faces.get().corrections.get().batch)

    assert Correction.objects.in_gallery(target).count() == 1


def test_a_copy_of_a_photo_that_waits_waits_too(target):
    photo, _ = add_photo(make_gallery(owner=target.owner), make_upload(colour="blue"))
    claimed = {"status": "analysing", "lease": photo.uuid, "lease_until": photo.created_at}
    Photo.objects.filter(pk=photo.pk).update(**claimed, attempts=1)

    copy_photos(Photo.objects.filter(pk=photo.pk), target)

    copy = target.photos.get()
    assert (copy.status, copy.lease, copy.attempts) == ("queued", None, 0)


def test_a_photo_whose_file_is_there_is_not_copied(photo, target):
    add_photo(target, make_upload())

    done = copy_photos(Photo.objects.filter(pk=photo.pk), target)

    assert (done.count, done.stayed) == (0, 1)
    assert target.photos.count() == 1 and len(stored_files()) == 2 * 2


def test_a_photo_whose_picture_is_gone_is_counted(photo, target):
    default_storage.delete(photo.file_name())

    done = copy_photos(Photo.objects.filter(pk=photo.pk), target)

    assert (done.count, done.missing) == (0, 1)
    assert not target.photos.exists()


def test_copies_count_in_the_quota_and_stop_there(photo, target, settings):
    settings.QUOTA_PHOTOS = 3
    add_photo(photo.gallery, make_upload(colour="blue"))

    done = copy_photos(Photo.objects.order_by("pk"), target)

    assert (done.count, target.photos.count()) == (1, 1)
    assert "You have 3 of 3 photos" in done.problem
    assert len(stored_files()) == 3 * 2


def test_nothing_is_copied_into_a_gallery_in_the_trash(photo, target):
    trash.trash_gallery(target)

    done = copy_photos(Photo.objects.filter(pk=photo.pk), target)

    assert done.count == 0 and "deleted in the meantime" in done.problem
    assert len(stored_files()) == 2


def test_a_copy_of_somebody_elses_quota_counts_theirs(photo, settings):
    settings.QUOTA_PHOTOS = 1
    other = make_gallery(owner=make_user())

    assert copy_photos(Photo.objects.filter(pk=photo.pk), other).count == 1


def test_a_member_who_is_removed_meanwhile_copies_nothing_more(photo, monkeypatch):
    second, _ = add_photo(photo.gallery, make_upload(colour="blue"))
    membership = make_member(photo.gallery)
    seen = Photo.objects.visible_to(membership.person)
    copy_one = copying._copy

    def copy_and_remove(*args):
        copy_one(*args)
        membership.delete()

    monkeypatch.setattr(copying, "_copy", copy_and_remove)
    done = copy_photos(seen, make_gallery(owner=membership.person), seen)

    assert (done.count, done.missing) == (1, 1)
