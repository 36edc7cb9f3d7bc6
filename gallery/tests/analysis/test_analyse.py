"""Analysis: a batch on its way, what fails in it, and the fence of the lease."""

import io
import json

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection
from PIL import Image
from skimage.data import astronaut

from gallery.analysis.analyse import NO_PROBABILITIES, TOO_LONG, JobTimeoutException
from gallery.analysis.claims import claim
from gallery.models import Face, Photo
from gallery.models.photo import MAX_ATTEMPTS
from gallery.models.picture import DAMAGED, MISSING
from gallery.tests.factories import make_face, make_photo, make_stored_photo, reload
from gallery.tests.fakes import Lab
from gallery.variants import PREVIEW, SMALL, THUMBNAIL, face_name
from ml.attributes import FIELDS
from ml.engine import EngineError

pytestmark = pytest.mark.django_db


# --- The way of a photo


def test_a_photo_gets_the_40_probabilities_of_its_face(version, analyst):
    photo = make_stored_photo()

    tried = analyst.analyse_batch()

    photo, face = reload(photo), Face.objects.get()
    assert tried == 1
    assert (photo.status, photo.model_version) == (Photo.Status.READY, version)
    assert photo.analysed_at and photo.lease is None
    assert (face.photo, face.gallery, face.detector) == (photo, photo.gallery, "finder")
    assert face.model_version == version
    assert all(0 <= value <= 1 for value in face.probabilities().values())


def test_the_smaller_pictures_of_a_photo_are_written_with_its_analysis(version, analyst):
    photo = make_stored_photo()

    analyst.analyse_batch()

    assert photo.list_variants() == {PREVIEW, THUMBNAIL, SMALL, face_name(Face.objects.get())}


def test_the_site_and_predict_give_a_face_the_same_probabilities(version, analyst):
    photo, said = make_stored_photo(), io.StringIO()
    analyst.analyse_batch()

    picture = default_storage.path(photo.file_name())
    call_command("predict", picture, "--format", "json", stdout=said, stderr=io.StringIO())

    (face,) = json.loads(said.getvalue())
    assert face["probabilities"] == pytest.approx(photo.faces.get().probabilities(), abs=1e-6)


def test_probabilities_are_stored_with_four_decimals(lab):
    lab.says(np.full(40, 0.123456, dtype=np.float32))
    make_stored_photo()

    lab.analyst.analyse_batch()

    assert Face.objects.get().smiling == pytest.approx(0.1235, abs=1e-7)


def test_all_columns_of_a_face_come_from_the_model(lab):
    row = np.arange(40) / 100
    lab.says(row)
    make_stored_photo()

    lab.analyst.analyse_batch()

    face = Face.objects.get()
    assert [getattr(face, field) for field in FIELDS] == pytest.approx(row.tolist(), abs=1e-6)


def test_a_photo_without_a_face_is_scored_as_a_whole(analyst):
    make_stored_photo(Image.new("RGB", (64, 64), "gray"))

    analyst.analyse_batch()

    assert Face.objects.get().is_whole


def test_every_face_of_a_photo_is_scored(analyst):
    two = Image.new("RGB", (1024, 512))
    for left in (0, 512):
        two.paste(Image.fromarray(astronaut()), (left, 0))
    photo = make_stored_photo(two)

    analyst.analyse_batch()

    assert photo.faces.count() == 2


def test_a_new_analysis_replaces_the_faces_of_the_old_one(version, analyst):
    photo = make_stored_photo()
    make_face(photo)

    analyst.analyse_batch()

    assert photo.faces.count() == 1
    assert photo.faces.get().model_version == version


def test_a_batch_costs_the_same_few_queries_however_large(analyst, django_assert_max_num_queries):
    for _ in range(5):
        make_stored_photo(Image.new("RGB", (64, 64)))

    with django_assert_max_num_queries(18):
        analyst.analyse_batch()

    assert Photo.objects.ready().count() == 5


def test_nothing_is_done_when_nothing_waits(analyst, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert analyst.analyse_batch() == 0


# --- With a GPU, whose engine waits for photos that threads look at


@pytest.fixture
def gpu(lab, monkeypatch):
    """The model says that it is on a GPU, and threads look at four photos at once."""
    lab.model.on_gpu = True
    monkeypatch.setattr("gallery.analysis.analyse.cores", lambda: 5)


def test_with_a_gpu_all_that_waits_is_analyzed_at_once(lab, gpu, settings):
    settings.BATCH_SIZE = 2
    photos = [make_stored_photo() for _ in range(5)]

    assert lab.analyst.analyse_batch() == 5

    assert all(reload(photo).status == Photo.Status.READY for photo in photos)


def test_with_a_gpu_each_photo_gets_the_faces_that_it_shows(lab, gpu, analyst):
    lab.analyst.detector = analyst.detector
    empty = [make_stored_photo(Image.new("RGB", (64, 64), color)) for color in ("gray", "white")]
    person = make_stored_photo()

    lab.work()

    assert all(photo.faces.get().is_whole for photo in empty)
    assert person.faces.get().detector == "finder"


def test_with_a_gpu_a_broken_photo_fails_and_the_others_go_on(lab, gpu):
    first, broken, last = make_stored_photo(), make_photo(), make_stored_photo()

    lab.work()

    assert (reload(broken).status, reload(broken).failure) == (Photo.Status.FAILED, MISSING)
    assert {reload(first).status, reload(last).status} == {Photo.Status.READY}


# --- Failures of one photo


@pytest.mark.parametrize(("content", "reason"), [(None, MISSING), (b"\xff\xd8 cut off", DAMAGED)])
def test_a_photo_whose_file_is_gone_or_broken_fails_and_the_others_go_on(analyst, content, reason):
    broken, whole = make_photo(), make_stored_photo()
    if content:
        default_storage.save(broken.file_name(), ContentFile(content))

    for _ in range(MAX_ATTEMPTS):
        analyst.analyse_batch()

    broken = reload(broken)
    assert (broken.status, broken.failure) == (Photo.Status.FAILED, reason)
    assert (broken.attempts, broken.lease) == (MAX_ATTEMPTS, None)
    assert reload(whole).status == Photo.Status.READY


def test_a_truncated_file_is_damage_too(analyst):
    photo = make_stored_photo()
    path = default_storage.path(photo.file_name())
    with open(path, "r+b") as file:
        file.truncate(5000)

    analyst.analyse_batch()

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
def test_what_is_no_40_probabilities_is_never_stored(lab, given):
    lab.says(given)
    photo = make_stored_photo()

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(EngineError):
            lab.analyst.analyse_batch()

    photo = reload(photo)
    assert (photo.status, photo.failure) == (Photo.Status.FAILED, NO_PROBABILITIES)
    assert not Face.objects.exists()


def test_an_exception_of_the_model_counts_as_an_attempt_and_is_raised_again(lab):
    lab.says(MemoryError("no memory"))
    photo = make_stored_photo()

    with pytest.raises(MemoryError):
        lab.analyst.analyse_batch()

    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 1)
    make_photo_fail_for_good(photo, lab)
    assert reload(photo).failure == "The analysis failed (MemoryError)."


def make_photo_fail_for_good(photo: Photo, lab: Lab) -> None:
    while reload(photo).status != Photo.Status.FAILED:
        with pytest.raises(MemoryError):
            lab.analyst.analyse_batch()


def test_a_batch_that_took_too_long_says_so(lab):
    lab.says(JobTimeoutException())
    photo = make_stored_photo(attempts=MAX_ATTEMPTS - 1)

    with pytest.raises(JobTimeoutException):
        lab.analyst.analyse_batch()

    assert reload(photo).failure == TOO_LONG


def test_a_worker_told_to_stop_in_a_batch_hands_it_back_uncounted(lab):
    lab.says(SystemExit())
    photo = make_stored_photo()

    with pytest.raises(SystemExit):
        lab.analyst.analyse_batch()

    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)


# --- The fence


def test_a_result_that_comes_after_the_lease_was_lost_is_discarded(lab, caplog):
    photo = make_stored_photo()

    def lose_the_lease():
        Photo.objects.update(status=Photo.Status.QUEUED, lease=None, lease_until=None)
        claim()

    lab.says(0.5, lose_the_lease)
    lab.analyst.analyse_batch()

    assert reload(photo).status == Photo.Status.ANALYSING
    assert not Face.objects.exists()
    assert "1 late results were discarded" in caplog.text


def test_a_photo_deleted_in_mid_analysis_comes_not_back(lab):
    gone, kept = make_stored_photo(), make_stored_photo()

    lab.says(0.5, gone.delete)
    lab.analyst.analyse_batch()

    assert list(Photo.objects.all()) == [kept]
    assert Face.objects.get().photo == kept


@pytest.mark.django_db(transaction=True)
def test_a_write_that_fails_half_way_leaves_nothing(lab):
    photo = make_stored_photo()
    make_face(photo)

    with connection.execute_wrapper(fail_on("INSERT")), pytest.raises(DatabaseError):
        lab.analyst.analyse_batch()

    assert reload(photo).status == Photo.Status.QUEUED
    assert photo.faces.get().model_version != reload(photo).model_version


def fail_on(verb: str):
    def wrapper(execute, sql, params, many, context):
        if sql.startswith(verb):
            raise DatabaseError("the disk is full")
        return execute(sql, params, many, context)

    return wrapper


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite in memory is one connection")
@pytest.mark.django_db(transaction=True)
def test_a_batch_that_ends_just_behind_begin_is_handed_back(lab, monkeypatch):
    photo = make_stored_photo()

    def analyse(*_: object) -> None:
        connection.cursor().execute("BEGIN")
        raise JobTimeoutException

    monkeypatch.setattr(lab.analyst, "_analyse", analyse)
    with pytest.raises(JobTimeoutException):
        lab.analyst.analyse_batch()

    assert reload(photo).status == Photo.Status.QUEUED


def test_a_process_that_must_end_hands_back_what_it_holds(lab):
    photo = make_stored_photo()

    lab.says(0.5, lab.analyst.hand_back)
    lab.analyst.analyse_batch()

    assert (reload(photo).status, reload(photo).attempts) == (Photo.Status.QUEUED, 0)
    assert not Face.objects.exists()
