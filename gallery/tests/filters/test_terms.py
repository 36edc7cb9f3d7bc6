"""Decisions: yes, no and unsure."""

import pytest

from gallery.filters.terms import Decider, Decision, marked_as
from ml.attributes import NAMES
from ml.models import ModelVersion


def decide(probability: float, *, yes: float, no: float) -> Decision:
    """What is decided of each attribute that has this probability and these thresholds."""
    version = ModelVersion(thresholds={name: {"yes": yes, "no": no} for name in NAMES})
    (decision,) = set(Decider(version).decide([probability] * len(NAMES)))
    return decision


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
    assert decide(probability, yes=0.6, no=0.4) == decision


def test_nothing_is_unsure_between_equal_thresholds():
    decisions = [decide(p, yes=0.5, no=0.5) for p in (0.4999, 0.5, 0.5001)]

    assert decisions == ["no", "yes", "yes"]


@pytest.mark.parametrize(
    ("name", "is_yes", "words"),
    [
        ("Smiling", True, "smiling"),
        ("Smiling", False, "not smiling"),
        ("Wearing_Hat", False, "not wearing hat"),
        ("Bangs", True, "having bangs"),
        ("Bangs", False, "not having bangs"),
        ("No_Beard", True, "having no beard"),
        ("No_Beard", False, "having a beard"),
    ],
)
def test_an_answer_says_what_a_face_is_or_has(name: str, is_yes: bool, words: str):
    assert marked_as(name, is_yes) == words
