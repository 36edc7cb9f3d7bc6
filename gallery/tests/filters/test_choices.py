"""The switches of the panel: what they show of a filter, and what they make of it."""

import pytest

from gallery.filters.choices import (
    alone,
    asks_for_number,
    chosen_names,
    is_on,
    switched,
    threshold_of,
    with_number_switched,
    with_threshold,
)
from gallery.filters.parsing import parse
from gallery.filters.terms import Alternative


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("", []),
        ("Smiling", ["yes"]),
        ("Bald,-Smiling", ["no"]),
        ("Smiling|?Smiling", ["yes", "unsure"]),
        ("Smiling|Bald", ["yes"]),
        ("Smiling>=0.5", []),
        ("Smiling>0.5|Smiling", []),
    ],
)
def test_a_switch_is_on_if_the_filter_takes_its_decision(text, on):
    expression = parse(text)

    assert [one for one in ("yes", "unsure", "no") if is_on(expression, "Smiling", one)] == on


@pytest.mark.parametrize(
    ("text", "decision", "changed"),
    [
        ("", "yes", "Smiling"),
        ("Smiling", "yes", ""),
        ("Bald,Smiling,Young", "no", "Bald,Smiling|-Smiling,Young"),
        ("Bald,Smiling|?Smiling,Young", "yes", "Bald,?Smiling,Young"),
        ("Bald,Smiling>=0.8", "unsure", "Bald,?Smiling"),
        ("Smiling|Bald", "yes", "Bald"),
        ("Smiling>0.5", "yes", "Smiling>0.5,Smiling"),
        ("faces>=2", "no", "faces>=2,-Smiling"),
    ],
)
def test_a_switch_changes_only_the_term_about_its_attribute(text, decision, changed):
    assert str(switched(parse(text), "Smiling", decision)) == changed


@pytest.mark.parametrize(
    ("text", "name", "decision", "changed"),
    [
        ("Black_Hair", "Brown_Hair", "yes", "Black_Hair|Brown_Hair"),
        ("Black_Hair|Brown_Hair", "Black_Hair", "yes", "Brown_Hair"),
        ("Smiling,Black_Hair", "Gray_Hair", "yes", "Smiling,Black_Hair|Gray_Hair"),
        ("-Black_Hair", "Brown_Hair", "no", "-Black_Hair,-Brown_Hair"),
        ("Black_Hair", "Brown_Hair", "no", "Black_Hair,-Brown_Hair"),
        ("Bald", "Wavy_Hair", "yes", "Bald,Wavy_Hair"),
    ],
)
def test_colors_of_hair_are_joined_by_or(text, name, decision, changed):
    assert str(switched(parse(text), name, decision)) == changed


def test_a_count_is_that_of_the_choice_alone():
    expression = parse("Black_Hair|Brown_Hair,Smiling|?Smiling")

    assert str(alone(expression, "Smiling", "no")) == "Black_Hair|Brown_Hair,-Smiling"
    assert str(alone(expression, "Gray_Hair", "yes")) == "Gray_Hair,Smiling|?Smiling"
    assert str(alone(expression, "Bald", "no")) == f"{expression},-Bald"


def test_a_threshold_takes_the_place_of_the_attributes_own_terms():
    changed = with_threshold(
        parse("?Smiling,Bald,-Smiling,Smiling<0.9,Smiling|Young"), Alternative("Smiling", ">=", 0.8)
    )

    assert str(changed) == "Smiling>=0.8,Bald,Smiling<0.9,Smiling|Young"
    assert threshold_of(changed, "Smiling") == 0.8
    assert threshold_of(parse("Smiling>0.8,Smiling>=0.5|Bald"), "Smiling") is None


def test_the_chosen_attributes_come_in_the_data_sets_order():
    text = "Young>=0.7,Smiling|Bald,Male>0.4,faces>=2"

    assert chosen_names(parse(text)) == ["Bald", "Smiling", "Young"]


def test_numbers_of_faces_are_joined_by_or():
    two = parse("faces=2").terms[0].of_photo[0]

    with_two = with_number_switched(parse("Smiling,faces=1"), two)

    assert str(with_two) == "Smiling,faces=1|faces=2"
    assert asks_for_number(with_two, two)
    assert str(with_number_switched(with_two, two)) == "Smiling,faces=1"
    assert str(with_number_switched(parse("faces=2"), two)) == ""
    assert str(with_number_switched(parse("faces>=1,faces<4"), two)) == "faces=2"
