"""Faces read for an export."""

from typing import get_args

import pytest

from gallery.exchange import rows as exports
from gallery.exchange.rows import decisions_by
from gallery.filters.terms import Decision, decision_bounds
from gallery.models import Face
from gallery.tests.factories import make_face, make_version

pytestmark = pytest.mark.django_db


def test_more_faces_than_a_chunk_are_never_held_together(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(exports, "CHUNK", 2)
    for _ in range(5):
        make_face()

    rows = exports.read_rows(Face.objects.all())

    with django_assert_num_queries(2):
        next(rows)
    assert len(list(rows)) == 4


def test_a_decision_is_the_filters_own_at_every_probability():
    version = make_version()
    decisions, thresholds = decisions_by(version), version.thresholds_of("Smiling")
    ranges = {decision: decision_bounds(decision, thresholds) for decision in get_args(Decision)}

    for step in range(0, 10_001):
        probability = step / 10_000
        (decided,) = set(decisions([probability] * 40))
        for decision, (low, high) in ranges.items():
            is_in_range = (low is None or probability >= low) and (
                high is None or probability < high
            )
            assert is_in_range is (decision == decided)
