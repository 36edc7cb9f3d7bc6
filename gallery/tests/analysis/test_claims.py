"""Claims: which photos a worker takes, and what becomes of them when it does not answer."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from gallery.analysis import claims
from gallery.analysis.claims import INTERRUPTED, claim, hand_back_interrupted
from gallery.models import Photo
from gallery.models.photo import MAX_ATTEMPTS
from gallery.tests.factories import make_photo, make_stored_photo, reload

pytestmark = pytest.mark.django_db


# --- Claims


def test_uploads_are_claimed_before_reruns_and_the_oldest_first(settings):
    settings.BATCH_SIZE = 2
    make_photo(priority=Photo.Priority.RERUN)
    first, second, _ = make_photo(), make_photo(), make_photo()

    batch = claim()

    photos = batch.photos
    assert photos == [first, second]
    assert {photo.lease for photo in photos} == {batch.lease}
    assert [photo.attempts for photo in photos] == [1, 1]


def test_two_claims_never_share_a_photo(settings):
    settings.BATCH_SIZE = 2
    for _ in range(3):
        make_photo()

    first, second = claim().photos, claim().photos

    assert (len(first), len(second)) == (2, 1)
    assert not set(first) & set(second)


def test_a_photo_that_was_tried_before_is_claimed_alone():
    fresh, tried = make_photo(), make_photo(attempts=1)
    later = make_photo()

    assert claim().photos == [fresh, later]
    assert claim().photos == [tried]


def test_a_tried_photo_takes_no_fresh_ones_along():
    tried = make_photo(attempts=1)
    make_photo()

    assert claim().photos == [tried]


def test_a_machine_too_slow_for_a_whole_batch_hands_the_rest_back_uncounted(analyst, settings):
    settings.LEASE_SECONDS = 0.001
    first, second = make_stored_photo(), make_stored_photo()

    analyst.analyse_batch()

    assert reload(first).status == Photo.Status.READY
    assert (reload(second).status, reload(second).attempts) == (Photo.Status.QUEUED, 0)


# --- Leases that ran out


def lease_until(seconds: float) -> dict:
    """Columns of a photo whose lease ends so many seconds from now."""
    until = timezone.now() + datetime.timedelta(seconds=seconds)
    lease = "00000000-0000-4000-8000-000000000000"
    return {"status": Photo.Status.ANALYSING, "lease": lease, "lease_until": until}


def test_a_photo_whose_worker_died_is_queued_again():
    dead = make_photo(attempts=1, **lease_until(-1))
    alive = make_photo(attempts=1, **lease_until(30))

    assert hand_back_interrupted() == 1

    assert reload(dead).status == Photo.Status.QUEUED
    assert reload(alive).status == Photo.Status.ANALYSING


def test_a_photo_that_killed_three_workers_fails():
    photo = make_photo(attempts=MAX_ATTEMPTS, **lease_until(-1))

    hand_back_interrupted()

    photo = reload(photo)
    assert (photo.status, photo.failure) == (Photo.Status.FAILED, INTERRUPTED)
    assert photo.lease is None


def test_a_lease_from_a_clock_that_was_wrong_is_no_lease():
    photo = make_photo(attempts=1, **lease_until(3600))

    hand_back_interrupted()

    assert reload(photo).status == Photo.Status.QUEUED


@pytest.mark.parametrize("hours", [-2, 2])
def test_workers_whose_clocks_are_hours_apart_leave_each_other_alone(hours):
    photo, dead = make_photo(), make_photo(attempts=1, **lease_until(-1))

    with clock_off_by(hours):
        batch = claim()
    assert hand_back_interrupted() == 1  # the dead one's
    claim()
    with clock_off_by(hours):
        assert hand_back_interrupted() == 0

    assert batch.photos == [photo]
    assert [reload(photo).status, reload(dead).status] == 2 * [Photo.Status.ANALYSING]
    assert list(batch.rows()) == [photo]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_of_the_database_that_jumps_costs_one_more_run_and_no_more(hours):
    photo = make_photo()
    before = claim()

    with database_clock_off_by(hours):
        assert hand_back_interrupted() == 1
        after = claim()
        assert hand_back_interrupted() == 0

    assert list(before.rows()) == []  # what the first run writes late is discarded
    assert list(after.rows()) == [photo]
    assert reload(photo).attempts == 2


@contextmanager
def database_clock_off_by(hours: int) -> Iterator[None]:
    """A database whose clock is so many hours ahead; behind, if negative."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "Now", lambda: Now() + datetime.timedelta(hours=hours))
        yield


@contextmanager
def clock_off_by(hours: int) -> Iterator[None]:
    """A host whose clock is so many hours ahead; behind, if negative."""
    right = timezone.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: right() + datetime.timedelta(hours=hours))
        yield
