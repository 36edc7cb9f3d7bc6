"""Analysis: a batch on its way, what fails in it, and the fence of the lease."""

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from PIL import Image
from skimage.data import astronaut

from gallery.analysis import analyse as analysis
from gallery.models import Face, Photo
from gallery.models.photo import MAX_ATTEMPTS
from gallery.tests.factories import make_face, make_photo, make_stored_photo, reload
from ml.attributes import FIELDS

pytestmark = pytest.mark.django_db


class Answer:
    """An engine that gives a fixed answer, or raises it."""

    def __init__(self, answer):
        self.answer = answer

    def predict(self, images):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer(len(images))


@pytest.fixture
def answer(monkeypatch, version):
    """Puts an engine with that answer in the real one's place."""
    return lambda given: monkeypatch.setattr(analysis, "_engine_of", lambda v: Answer(given))


# --- The way of a photo


def test_a_photo_gets_the_40_probabilities_of_its_face(version):
    photo = make_stored_photo()

    tried = analysis.analyse_batch()

    photo, face = reload(photo), Face.objects.get()
    assert tried == 1
    assert (photo.status, photo.model_version) == (Photo.Status.READY, version)
    assert photo.analysed_at and photo.lease is None
    assert (face.photo, face.gallery, face.detector) == (photo, photo.gallery, "haar")
    assert face.model_version == version
    assert all(0 <= value <= 1 for value in face.probabilities().values())


def test_probabilities_are_stored_with_four_decimals(answer):
    answer(lambda count: np.full((count, 40), 0.123456, dtype=np.float32))
    make_stored_photo()

    analysis.analyse_batch()

    assert Face.objects.get().smiling == pytest.approx(0.1235, abs=1e-7)


def test_all_columns_of_a_face_come_from_the_model(answer):
    row = np.arange(40) / 100
    answer(lambda count: np.tile(row, (count, 1)))
    make_stored_photo()

    analysis.analyse_batch()

    face = Face.objects.get()
    assert [getattr(face, field) for field in FIELDS] == pytest.approx(row.tolist(), abs=1e-6)


def test_a_photo_without_a_face_is_scored_as_a_whole(version):
    make_stored_photo(Image.new("RGB", (64, 64), "gray"))

    analysis.analyse_batch()

    assert Face.objects.get().is_whole


def test_every_face_of_a_photo_is_scored(version):
    two = Image.new("RGB", (1024, 512))
    for left in (0, 512):
        two.paste(Image.fromarray(astronaut()), (left, 0))
    photo = make_stored_photo(two)

    analysis.analyse_batch()

    assert photo.faces.count() == 2


def test_a_new_analysis_replaces_the_faces_of_the_old_one(version):
    photo = make_stored_photo()
    make_face(photo)

    analysis.analyse_batch()

    assert photo.faces.count() == 1
    assert photo.faces.get().model_version == version


def test_a_batch_costs_the_same_few_queries_however_large(version, django_assert_max_num_queries):
    for _ in range(5):
        make_stored_photo(Image.new("RGB", (64, 64)))

    with django_assert_max_num_queries(17):
        analysis.analyse_batch()

    assert Photo.objects.ready().count() == 5


def test_nothing_is_done_when_nothing_waits(version, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert analysis.analyse_batch() == 0


# --- Failures of one photo


@pytest.mark.parametrize(
    ("content", "reason"), [(None, analysis.MISSING), (b"\xff\xd8 cut off", analysis.DAMAGED)]
)
def test_a_photo_whose_file_is_gone_or_broken_fails_and_the_others_go_on(version, content, reason):
    broken, whole = make_photo(), make_stored_photo()
    if content:
        default_storage.save(broken.file_name(), ContentFile(content))

    for _ in range(MAX_ATTEMPTS):
        analysis.analyse_batch()

    broken = reload(broken)
    assert (broken.status, broken.failure) == (Photo.Status.FAILED, reason)
    assert (broken.attempts, broken.lease) == (MAX_ATTEMPTS, None)
    assert reload(whole).status == Photo.Status.READY


def test_a_truncated_file_is_damage_too(version):
    photo = make_stored_photo()
    path = default_storage.path(photo.file_name())
    with open(path, "r+b") as file:
        file.truncate(5000)

    analysis.analyse_batch()

    assert reload(photo).status == Photo.Status.QUEUED
    assert not Face.objects.exists()


# --- Failures of the model


@pytest.mark.parametrize(
    "given",
    [
        lambda count: np.full((count, 40), np.nan),
        lambda count: np.full((count, 40), np.inf),
        lambda count: np.full((count, 40), 1.01),
        lambda count: np.full((count, 39), 0.5),
        lambda count: np.full((count + 1, 40), 0.5),
    ],
    ids=["nan", "inf", "above one", "39 columns", "a row too many"],
)
def test_what_is_no_40_probabilities_is_never_stored(answer, given):
    answer(given)
    photo = make_stored_photo()

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(analysis.AnalysisError):
            analysis.analyse_batch()

    photo = reload(photo)
    assert (photo.status, photo.failure) == (Photo.Status.FAILED, analysis.NO_PROBABILITIES)
    assert not Face.objects.exists()


def test_an_exception_of_the_model_counts_as_an_attempt_and_is_raised_again(answer):
    answer(MemoryError("no memory"))
    photo = make_stored_photo()

    with pytest.raises(MemoryError):
        analysis.analyse_batch()

    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 1)
    make_photo_fail_for_good(photo)
    assert reload(photo).failure == "The analysis failed (MemoryError)."


def make_photo_fail_for_good(photo: Photo) -> None:
    while reload(photo).status != Photo.Status.FAILED:
        with pytest.raises(MemoryError):
            analysis.analyse_batch()


def test_a_batch_that_took_too_long_says_so(answer):
    answer(analysis.JobTimeoutException())
    photo = make_stored_photo(attempts=MAX_ATTEMPTS - 1)

    with pytest.raises(analysis.JobTimeoutException):
        analysis.analyse_batch()

    assert reload(photo).failure == analysis.TOO_LONG


def test_a_worker_told_to_stop_in_a_batch_hands_it_back_uncounted(answer):
    answer(SystemExit())
    photo = make_stored_photo()

    with pytest.raises(SystemExit):
        analysis.analyse_batch()

    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)


# --- The fence


def test_a_result_that_comes_after_the_lease_was_lost_is_discarded(answer, caplog):
    photo = make_stored_photo()

    def lose_the_lease(count):
        Photo.objects.update(status=Photo.Status.QUEUED, lease=None, lease_until=None)
        analysis.claim()
        return np.full((count, 40), 0.5)

    answer(lose_the_lease)
    analysis.analyse_batch()

    assert reload(photo).status == Photo.Status.ANALYSING
    assert not Face.objects.exists()
    assert "1 late results were discarded" in caplog.text


def test_a_photo_deleted_in_mid_analysis_comes_not_back(answer):
    gone, kept = make_stored_photo(), make_stored_photo()

    def delete_one(count):
        gone.delete()
        return np.full((count, 40), 0.5)

    answer(delete_one)
    analysis.analyse_batch()

    assert list(Photo.objects.all()) == [kept]
    assert Face.objects.get().photo == kept


@pytest.mark.django_db(transaction=True)
def test_a_write_that_fails_half_way_leaves_nothing(answer, monkeypatch):
    answer(lambda count: np.full((count, 40), 0.5))
    photo = make_stored_photo()
    make_face(photo)

    with connection.execute_wrapper(fail_on("INSERT")), pytest.raises(DatabaseError):
        analysis.analyse_batch()

    assert reload(photo).status == Photo.Status.QUEUED
    assert photo.faces.get().model_version != reload(photo).model_version


def fail_on(verb: str):
    def wrapper(execute, sql, params, many, context):
        if sql.startswith(verb):
            raise DatabaseError("the disk is full")
        return execute(sql, params, many, context)

    return wrapper


def test_a_process_that_must_end_hands_back_what_it_holds(answer):
    photo = make_stored_photo()

    def end(count):
        analysis.hand_back_held()
        return np.full((count, 40), 0.5)

    answer(end)
    analysis.analyse_batch()

    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)
    assert not Face.objects.exists()
