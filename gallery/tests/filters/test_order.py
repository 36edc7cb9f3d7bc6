"""The order of a list."""

import pytest

from gallery.filters.order import check_sort, read_sort
from gallery.filters.terms import FilterError


@pytest.mark.parametrize(
    ("sort", "read"),
    [
        ("", ("", False)),
        ("newest", ("", False)),
        ("smiling", ("Smiling", False)),
        (" -SMILING ", ("Smiling", True)),
        ("taken", ("", False)),
        ("-Taken", ("", False)),
        ("oldest", ("", False)),
    ],
)
def test_an_order_is_an_attribute_and_a_direction(sort, read):
    assert read_sort(sort) == read


@pytest.mark.parametrize(
    ("sort", "canonical"),
    [
        ("", "newest"),
        (" Newest ", "newest"),
        ("-FACES", "-faces"),
        ("-smiling", "-Smiling"),
        ("uploaded", "newest"),
        ("-Uploaded", "oldest"),
    ],
)
def test_an_order_has_one_name(sort, canonical):
    assert check_sort(sort) == canonical


def test_an_unknown_sort_order_is_refused_with_the_nearest_names():
    with pytest.raises(FilterError, match='"-Smilling". Did you mean Smiling'):
        read_sort("-Smilling")
    with pytest.raises(FilterError, match='"takn". Did you mean taken'):
        read_sort("takn")
