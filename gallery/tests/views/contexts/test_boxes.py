"""The boxes on a photo: their order, and where their numbers stand."""

from types import SimpleNamespace

import pytest

from gallery.filters.look import Look
from gallery.tests.factories import make_face, make_gallery, make_ready
from gallery.views.contexts.boxes import in_reading_order, make_boxes


def face(x: float, y: float, side: float = 0.1) -> SimpleNamespace:
    return SimpleNamespace(x=x, y=y, w=side, h=side)


def test_faces_are_numbered_row_by_row_and_from_the_left():
    back = [face(0.1, 0.12), face(0.4, 0.1), face(0.7, 0.15, side=0.08)]
    front = [face(0.2, 0.5, side=0.2), face(0.6, 0.55, side=0.15)]
    mixed = [front[1], back[2], back[0], front[0], back[1]]

    assert in_reading_order(mixed) == [*back, *front]


def test_the_size_of_a_face_does_not_count():
    small, large = face(0.1, 0.45, side=0.05), face(0.5, 0.3, side=0.4)

    assert in_reading_order([large, small]) == [small, large]


@pytest.mark.django_db
def test_a_tag_is_above_its_box_unless_it_would_cover_a_face_there():
    photo = make_ready(make_gallery(), x=0.3, y=0.2, w=0.2, h=0.2)
    make_face(photo, x=0.3, y=0.41, w=0.2, h=0.2)

    upper, lower = make_boxes(photo, Look(), "")

    assert upper.tag_y == 20 and upper.tag_top + 18 < 0
    assert lower.tag_y == 61 and lower.tag_top > 0


@pytest.mark.django_db
def test_a_tag_stays_beside_its_box_at_the_right_edge_of_the_picture():
    photo = make_ready(make_gallery(), x=0.95, y=0.2, w=0.05, h=0.05)

    (box,) = make_boxes(photo, Look(), "")

    assert (box.tag_x, box.tag_left + box.tag_width) == (100, 0)
