"""Shares in words."""

import pytest

from ml.evaluation.words import hits_in_words, share_in_words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "none"),
        (0.004, "none"),
        (0.01, "1 in 100"),
        (0.05, "1 in 20"),
        (0.18, "1 in 5"),
        (0.28, "1 in 4"),
        (0.46, "9 of 20"),
        (0.5, "1 in 2"),
        (0.66, "2 of 3"),
        (0.74, "3 of 4"),
        (0.91, "9 of 10"),
        (0.99, "99 of 100"),
        (0.996, "all"),
        (1.0, "all"),
    ],
)
def test_a_share_is_told_as_some_of_a_few(share: float, words: str):
    assert share_in_words(share) == words


def test_no_share_is_told_wrong_by_more_than_three_points():
    for percent in range(1, 100):
        part, _, whole = share_in_words(percent / 100).split()
        assert abs(int(part) / int(whole) - percent / 100) < 0.032


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.66, "2 of 3 hits are right"), (0.2, "1 in 5 hits is right"), (1.0, "all hits are right")],
)
def test_hits_agree_with_their_verb(share: float, words: str):
    assert hits_in_words(share) == words
