"""Grades, and their reasons in words."""

from typing import Any

from ml.evaluation.reliability import grade_attributes


def grade(**values: float) -> dict[str, Any]:
    """The grade of one attribute that was measured on 1000 images."""
    measured = {"prevalence": 0.1, "recall": 0.18, "specificity": 0.99, "balanced_accuracy": 0.585}
    per_attribute = {"Bald": measured | {"average_precision": 0.5} | values}
    return grade_attributes({"images": 1000, "per_attribute": per_attribute})["Bald"]


def test_a_reason_says_how_many_are_found_and_how_many_hits_are_right():
    assert grade() == {
        "grade": "poor",
        "reason": "finds 1 in 5; 2 of 3 hits are right",
        "faces": 1000,
    }


def test_of_an_attribute_that_most_have_the_reason_is_about_those_without_it():
    common = grade(prevalence=0.9, recall=0.99, specificity=0.18)

    assert common["reason"] == "finds 1 in 5 faces without it; 2 of 3 hits are right"
