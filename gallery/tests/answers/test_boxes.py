import pytest

from gallery.answers import boxes
from gallery.answers.boxes import draw_face, remove_face
from gallery.models import BoxCorrection, Face, Photo
from gallery.tests.factories import make_face, make_photo, make_user, reload

pytestmark = pytest.mark.django_db

SIDE = {"w": 0.2, "h": 0.2}


@pytest.fixture
def person():
    return make_user()


@pytest.fixture
def photo():
    """A photo of 640 by 640 pixels without faces."""
    return make_photo(status=Photo.Status.READY, width=640, height=640)


def said() -> list[tuple[bool, float]]:
    """What people said of boxes, and where each begins from the left."""
    return [(box.is_face, round(box.x, 4)) for box in BoxCorrection.objects.all()]


# --- Taking a box away


def test_a_removed_face_goes_and_is_remembered_as_none(photo, person):
    face = make_face(photo, x=0.1, y=0.1, **SIDE)
    make_face(photo, x=0.7, y=0.7, **SIDE)

    remove_face(face, person)

    assert said() == [(False, 0.1)]
    assert BoxCorrection.objects.get().person == person
    assert (reload(photo).face_count, photo.faces.count()) == (1, 1)
    assert reload(photo).status == Photo.Status.READY


def test_a_face_removed_twice_is_remembered_once(photo, person):
    face = make_face(photo)
    remove_face(Face.objects.get(), person)

    remove_face(face, person)

    assert BoxCorrection.objects.count() == 1


def test_a_removed_drawn_face_is_only_forgotten(photo, person):
    draw_face(photo, (0.1, 0.1, 0.2, 0.2), person)
    face = make_face(photo, x=0.1, y=0.1, detector=Face.Detector.PERSON, **SIDE)

    remove_face(face, person)

    assert said() == []
    assert reload(photo).face_count == 0


# --- Drawing one


def test_a_drawn_face_is_remembered_and_the_photo_is_queued_before_reruns(photo, person):
    Photo.objects.update(priority=Photo.Priority.RERUN, attempts=2)

    draw_face(photo, (0.1, 0.1, 0.2, 0.2), person)

    assert said() == [(True, 0.1)]
    queued = reload(photo)
    assert (queued.status, queued.priority) == (Photo.Status.QUEUED, Photo.Priority.UPLOAD)
    assert queued.attempts == 0


def test_a_drawn_box_becomes_a_square_of_pixels_about_the_same_middle(person):
    photo = make_photo(width=1000, height=500)

    draw_face(photo, (0.2, 0.2, 0.1, 0.8), person)

    box = BoxCorrection.objects.get()
    assert (box.w, box.h) == pytest.approx((0.2, 0.4), abs=1e-6)
    assert (box.x, box.y) == pytest.approx((0.15, 0.4), abs=1e-6)


@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (0.9, 0, 0.1, 1), (0, 0.96, 1, 0.04), (0.95, 0.95, 0.05, 0.05)]
)
@pytest.mark.parametrize("size", [(1000, 500), (500, 1000)])
def test_a_square_lies_within_the_picture(box, size):
    x, y, w, h = boxes.square(box, Photo(width=size[0], height=size[1]))

    assert min(x, y) >= 0
    assert max(x + w, y + h) <= 1.0001
    assert w * size[0] == pytest.approx(h * size[1], abs=0.2)


def test_a_face_that_is_there_already_moves_to_the_drawn_box(photo, person):
    face = make_face(photo, x=0.1, y=0.1, angle=12, **SIDE)

    draw_face(photo, (0.15, 0.1, 0.2, 0.2), person)

    moved = Face.objects.get()
    assert moved.pk == face.pk
    assert (moved.detector, moved.angle, round(moved.x, 4)) == ("person", 0, 0.15)


def test_drawing_over_a_box_lifts_what_was_said_of_it_before(photo, person):
    remove_face(make_face(photo, x=0.1, y=0.1, **SIDE), person)
    remove_face(make_face(photo, x=0.7, y=0.7, **SIDE), person)

    draw_face(photo, (0.12, 0.1, 0.2, 0.2), person)
    draw_face(photo, (0.14, 0.1, 0.2, 0.2), person)

    assert said() == [(False, 0.7), (True, 0.14)]


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ((float("nan"), 0, 0.5, 0.5), boxes.NOT_FINITE),
        ((0, 0, float("inf"), 0.5), boxes.NOT_FINITE),
        ((0, 0, 0.5), boxes.NOT_FINITE),
        ((-0.1, 0, 0.5, 0.5), boxes.OUTSIDE),
        ((0.6, 0, 0.5, 0.5), boxes.OUTSIDE),
        ((0, 0, 0, 0.5), boxes.OUTSIDE),
        ((0, 0, -0.5, -0.5), boxes.OUTSIDE),
        ((0, 0, 0.5, 15 / 640), boxes.TOO_SMALL % {"least": boxes.SMALLEST}),
    ],
)
def test_what_is_no_box_of_a_face_is_refused(photo, person, box, reason):
    with pytest.raises(ValueError, match=reason):
        draw_face(photo, box, person)

    assert reload(photo).status == Photo.Status.READY
    assert said() == []


def test_a_box_that_a_browser_rounded_over_the_edge_is_within(photo, person):
    draw_face(photo, (0.75, 0.75, 0.25001, 0.25001), person)

    assert said() == [(True, 0.75)]


def test_a_photo_holds_so_many_faces_and_no_more(photo, person, monkeypatch):
    monkeypatch.setattr(boxes, "MOST", 2)
    make_face(photo, x=0.1, y=0.1, **SIDE)
    draw_face(photo, (0.4, 0.4, 0.2, 0.2), person)

    with pytest.raises(ValueError, match="at most"):
        draw_face(photo, (0.7, 0.7, 0.2, 0.2), person)


def test_a_deleted_photo_is_no_longer_drawn_on(photo, person):
    Photo.objects.filter(pk=photo.pk).delete()

    with pytest.raises(ValueError, match="deleted"):
        draw_face(photo, (0.1, 0.1, 0.2, 0.2), person)
