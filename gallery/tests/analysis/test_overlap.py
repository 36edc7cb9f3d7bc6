from dataclasses import dataclass

import pytest

from gallery.analysis.overlap import match, most_overlap, overlap


@dataclass
class Square:
    x: float
    y: float
    w: float = 1.0
    h: float = 1.0


def test_overlap_is_the_shared_part_of_the_joint_one():
    assert overlap(Square(0, 0), Square(0, 0)) == 1
    assert overlap(Square(0, 0), Square(0.5, 0)) == pytest.approx(1 / 3)
    assert overlap(Square(0, 0), Square(0, 0, 0.5, 0.5)) == pytest.approx(1 / 4)


@pytest.mark.parametrize("other", [Square(1, 0), Square(0, 2), Square(-1, -1)])
def test_boxes_that_are_apart_or_only_touch_share_nothing(other):
    assert overlap(Square(0, 0), other) == 0


def test_the_most_overlap_with_none_is_zero():
    assert most_overlap(Square(0, 0), []) == 0


def test_the_best_pairs_are_matched_first():
    boxes = [Square(0.4, 0), Square(0, 0)]
    others = [Square(0.1, 0), Square(5, 5)]

    assert match(boxes, others) == {1: 0}


def test_each_box_is_matched_once():
    boxes = [Square(0, 0), Square(0.1, 0), Square(3, 3)]
    others = [Square(3, 3.1), Square(0, 0)]

    assert match(boxes, others) == {0: 1, 2: 0}


def test_of_two_pairs_alike_the_first_is_matched():
    assert match([Square(0, 0), Square(0, 0)], [Square(0, 0), Square(0, 0)]) == {0: 0, 1: 1}


def test_nothing_matches_nothing():
    assert match([], [Square(0, 0)]) == match([Square(0, 0)], []) == {}
