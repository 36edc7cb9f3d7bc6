"""Decisions: yes, no and unsure."""

import pytest

from gallery.filters.terms import decide
from ml.evaluation.calibration import Thresholds


@pytest.mark.parametrize(
    ("probability", "decision"),
    [
        (0.6, "yes"),
        (0.600000024, "yes"),
        (0.599999964, "yes"),
        (0.5999, "unsure"),
        (0.4, "unsure"),
        (0.399999976, "unsure"),
        (0.3999, "no"),
    ],
)
def test_a_decision_counts_the_four_decimals_that_people_see(probability, decision):
    assert decide(probability, Thresholds(yes=0.6, no=0.4)) == decision


def test_nothing_is_unsure_between_equal_thresholds():
    thresholds = Thresholds(yes=0.5, no=0.5)

    assert [decide(p, thresholds) for p in (0.4999, 0.5, 0.5001)] == ["no", "yes", "yes"]
