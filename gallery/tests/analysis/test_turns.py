"""The queue is fair between people."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet

from gallery.analysis import jobs
from gallery.analysis.claims import claim, hand_back_untried
from gallery.analysis.turns import MOST, current_turn, next_turn
from gallery.answers.boxes import draw_face
from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery, make_photo, make_user, reload
from gallery.tests.pictures import make_upload
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db

BATCH = 16


@pytest.fixture(autouse=True)
def small_batches(settings):
    settings.BATCH_SIZE = BATCH


def make_backlog(count: int, gallery: Gallery | None = None, **kwargs) -> Gallery:
    """A gallery whose photos were uploaded one after the other, and wait."""
    gallery = gallery or make_gallery()
    for _ in range(count):
        make_photo(gallery=gallery, **{"turn": next_turn(gallery), **kwargs})
    return gallery


def fill(gallery: Gallery, count: int, **columns) -> None:
    """Add so many photos at once, each with a turn of its own."""
    columns |= {"width": 640, "height": 480, "bytes": 1000}
    Photo.objects.bulk_create(
        Photo(gallery=gallery, sha256=f"{number:064x}", turn=number, **columns)
        for number in range(count)
    )


def finish(photos: QuerySet[Photo]) -> None:
    """Let these photos be analyzed."""
    keys = list(photos.values_list("pk", flat=True))
    Photo.objects.filter(pk__in=keys).update(
        status=Photo.Status.READY, lease=None, lease_until=None
    )


def test_one_photo_of_somebody_else_is_claimed_next_whatever_the_backlog():
    make_backlog(100)
    claim()

    photo, _ = add_photo(make_gallery(), make_upload())

    assert photo in claim().photos


@pytest.mark.slow
def test_one_photo_waits_for_three_batches_at_most_however_many_somebody_else_has():
    backlog = make_gallery()
    fill(backlog, MOST)
    make_backlog(1000, backlog)

    for left in (2000, 1010, 500, 20):
        finish(backlog.photos.order_by("turn", "pk")[: 2000 - left])
        gallery = make_gallery()
        photo = make_photo(gallery=gallery, turn=next_turn(gallery))
        assert any(photo in claim().photos for _ in range(3)), left


def test_one_photo_waits_for_three_batches_at_most_however_many_are_tried_again():
    again = make_gallery()
    fill(again, 2000, status=Photo.Status.FAILED)
    jobs.retry_photos(again.photos.all())
    finish(again.photos.order_by("turn", "pk")[:1500])

    gallery = make_gallery()
    photo = make_photo(gallery=gallery, turn=next_turn(gallery))

    assert any(photo in claim().photos for _ in range(3))


def test_two_backlogs_take_turns():
    first, second = make_backlog(40), make_backlog(40)

    photos = claim().photos

    assert [photo.gallery for photo in photos] == BATCH // 2 * [first, second]


def test_a_person_who_uploads_all_the_time_does_not_keep_a_backlog_waiting():
    backlog, steady = make_backlog(60), make_gallery()

    while backlog.photos.queued().exists():
        for _ in range(BATCH // 2):
            make_photo(gallery=steady, turn=next_turn(steady))
        photos = claim().photos
        assert sum(photo.gallery == backlog for photo in photos) >= BATCH // 4


def test_several_galleries_of_one_person_count_together():
    owner = make_user()
    for _ in range(5):
        gallery = make_gallery(owner=owner)
        make_photo(gallery=gallery, turn=next_turn(gallery))

    assert list(Photo.objects.order_by("pk").values_list("turn", flat=True)) == [0, 1, 2, 3, 4]


def test_reruns_count_for_no_turn_and_come_after_all_uploads():
    gallery = make_backlog(3, priority=Photo.Priority.RERUN, turn=0)

    late = make_photo(gallery=gallery, turn=MOST)

    assert claim().photos[0] == late
    assert next_turn(gallery) == MOST


def test_the_queue_goes_on_where_it_was_after_its_last_photo_was_claimed():
    make_photo(turn=70)
    batch = claim()

    assert current_turn() == 70

    hand_back_untried(batch.rows())
    assert current_turn() == 70


def test_photos_that_are_tried_again_do_not_all_come_before_the_next_upload():
    failed = make_backlog(40, status=Photo.Status.FAILED, turn=0)
    jobs.retry_photos(failed.photos.all())

    photo, _ = add_photo(make_gallery(), make_upload())

    photos = claim().photos
    assert photo in photos and len(photos) == BATCH


def test_a_photo_with_a_box_drawn_just_now_is_claimed_next():
    make_backlog(40)
    claim()
    photo = make_photo(status=Photo.Status.READY)

    draw_face(photo, (0.1, 0.1, 0.5, 0.5), photo.gallery.owner)

    assert reload(photo) in claim().photos


def test_a_new_photo_gets_its_turn_with_its_row():
    gallery = make_backlog(3)

    photo, _ = add_photo(gallery, SimpleUploadedFile("a.png", make_upload().read()))

    assert reload(photo).turn == 3
