"""Faces: what the database itself takes for one."""

import math

import pytest
from django.db import IntegrityError, transaction

from gallery.models import Face
from gallery.tests.factories import make_face

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("column", ["smiling", "young", "wearing_hat"])
@pytest.mark.parametrize("value", [1.0001, -0.0001, math.nan, math.inf, -math.inf, None])
def test_what_is_no_probability_is_refused_by_the_database(column, value):
    face = make_face(**{column: 0.5})

    with pytest.raises(IntegrityError), transaction.atomic():
        Face.objects.filter(pk=face.pk).update(**{column: value})

    face.refresh_from_db()
    assert getattr(face, column) == 0.5


@pytest.mark.parametrize("value", [0, 1])
def test_the_ends_are_probabilities(value):
    face = make_face(smiling=0.5)

    Face.objects.filter(pk=face.pk).update(smiling=value)

    face.refresh_from_db()
    assert face.smiling == value


@pytest.mark.parametrize("box", [{"x": -0.1}, {"y": 1.1}, {"w": 0}, {"h": -0.1}])
def test_a_box_outside_of_its_picture_is_refused_by_the_database(box):
    face = make_face()

    with pytest.raises(IntegrityError), transaction.atomic():
        Face.objects.filter(pk=face.pk).update(**box)
