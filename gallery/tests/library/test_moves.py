from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from gallery.answers import boxes
from gallery.answers.corrections import answer
from gallery.answers.undo import undo
from gallery.filters.blocks import read_blocks
from gallery.library import moves, trash
from gallery.library.moves import GalleryGone, Moved, move_photos
from gallery.models import Correction, Face, Gallery, Photo
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_photo,
    make_photo_with,
    make_ready,
    make_version,
    reload,
)
from gallery.tests.fakes import box
from gallery.tests.pictures import make_upload, stored_files
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(gallery) -> Gallery:
    return make_gallery(owner=gallery.owner, name="Best")


def only(photo: Photo):
    return Photo.objects.filter(pk=photo.pk)


def counted(gallery: Gallery) -> int:
    return sum(len(block.photos) for block in read_blocks([gallery.pk], make_version()))


def test_a_photo_moves_with_its_faces_and_answers(gallery, target):
    photo, kept = make_ready(gallery), make_ready(gallery)
    answer(Face.objects.filter(photo=photo), "Smiling", True, gallery.owner)
    assert (counted(gallery), counted(target)) == (2, 0)

    assert move_photos(only(photo), target) == Moved(1, 0)

    assert [list(each.photos.all()) for each in (gallery, target)] == [[kept], [photo]]
    assert Face.objects.get(photo=photo).gallery == target
    assert Correction.objects.in_gallery(target).count() == 1
    assert (counted(gallery), counted(target)) == (1, 1)


def test_a_photo_whose_file_is_there_already_stays_and_is_not_doubled(gallery, target):
    same, other = (add_photo(gallery, make_upload(colour=c))[0] for c in ("red", "blue"))
    there, _ = add_photo(target, make_upload(colour="red"))

    assert move_photos(gallery.photos.all(), target) == Moved(1, 1)

    assert list(gallery.photos.all()) == [same]
    assert set(target.photos.all()) == {there, other}
    assert len(stored_files()) == 3 * 2


def test_of_two_photos_of_one_file_only_one_moves(gallery, target):
    second = make_gallery(owner=gallery.owner)
    first, other = (add_photo(each, make_upload())[0] for each in (gallery, second))

    assert move_photos(Photo.objects.all(), target) == Moved(1, 1)

    assert list(target.photos.all()) == [first] and reload(other).gallery == second


def test_a_photo_that_is_in_the_gallery_already_stays(gallery):
    photo = make_photo(gallery=gallery)

    assert move_photos(only(photo), gallery) == Moved(0, 1)


def test_a_photo_that_went_into_the_trash_meanwhile_does_not_move(gallery, target):
    photo = make_photo(gallery=gallery)
    chosen = Photo.objects.filter(pk__in=[photo.pk])
    trash.trash_photos(only(photo))

    assert move_photos(chosen, target) == Moved(0, 0)
    assert list(Photo.objects.in_trash_of(gallery.owner)) == [photo]


def test_nothing_moves_into_a_gallery_in_the_trash(gallery, target):
    photo = make_photo(gallery=gallery)
    trash.trash_gallery(target)

    with pytest.raises(GalleryGone):
        move_photos(only(photo), target)
    assert reload(photo).gallery == gallery


def test_a_removed_face_comes_back_to_where_its_photo_is_now(gallery, target):
    photo = make_photo_with({}, {}, gallery=gallery)
    face = photo.faces.first()
    boxes.remove_face(face, gallery.owner)
    batch = photo.removed_faces.get().batch
    move_photos(only(photo), target)

    assert undo(gallery.owner, batch).boxes == 1
    assert {face.gallery for face in photo.faces.all()} == {target}


@pytest.mark.parametrize("where", ["trash", "gallery"])
def test_what_is_analyzed_while_it_moves_gets_its_faces_there(lab, gallery, target, where):
    photo = lab.analysed(box(0.1), gallery=gallery)
    Photo.objects.update(status=Photo.Status.QUEUED, attempts=0)
    lab.finds(box(0.1), box(0.5))

    def move() -> None:
        if where == "trash":
            trash.trash_photos(only(photo))
        else:
            move_photos(only(photo), target)

    lab.says(0.9, move)
    lab.work()

    photo.refresh_from_db()
    assert (photo.status, photo.face_count) == (Photo.Status.READY, 2)
    assert photo.gallery == (target if where == "gallery" else gallery.trash)
    assert {face.gallery for face in photo.faces.all()} == {photo.gallery}
    assert counted(gallery) == 0


APART = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


@APART
@pytest.mark.django_db(transaction=True)
def test_a_file_uploaded_while_its_photo_is_moved_is_there_once(gallery, target, monkeypatch):
    photo, _ = add_photo(gallery, make_upload())
    hold = moves._hold

    def upload() -> None:
        add_photo(target, make_upload())
        connections.close_all()

    def upload_first(gallery: Gallery) -> None:
        monkeypatch.setattr(moves, "_hold", hold)
        with ThreadPoolExecutor(1) as other:
            other.submit(upload).result()
        hold(gallery)

    monkeypatch.setattr(moves, "_hold", upload_first)

    assert move_photos(only(photo), target) == Moved(0, 1)
    assert reload(photo).gallery == gallery and target.photos.count() == 1


@APART
@pytest.mark.django_db(transaction=True)
def test_many_who_move_delete_and_upload_at_once_never_wait_for_each_other():
    make_version()
    gallery = make_gallery()
    target = make_gallery(owner=gallery.owner)
    photos = [make_photo(gallery=gallery) for _ in range(12)]
    for photo in photos:
        make_face(photo)
    everything = Photo.objects.filter(gallery__in=(gallery, target))

    def work(number: int) -> None:
        try:
            match number % 4:
                case 0:
                    move_photos(everything, target)
                case 1:
                    move_photos(everything, gallery)
                case 2:
                    trashed = trash.trash_photos(everything.filter(pk__in=[photos[number].pk]))
                    trash.undo(gallery.owner, trashed.batch)
                case 3:
                    faces = Face.objects.filter(gallery__in=(gallery, target))
                    answer(faces, "Smiling", number % 8 == 3, None)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as people:
        for done in [people.submit(work, number) for number in range(12)]:
            done.result()

    kept = {photo.pk: photo.gallery_id for photo in Photo.objects.all()}
    assert len(kept) == 12
    assert {face.photo_id: face.gallery_id for face in Face.objects.all()} == kept
