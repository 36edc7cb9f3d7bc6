"""The order of a list."""

import pytest

from gallery.filters.order import read_sort
from gallery.filters.terms import FilterError


@pytest.mark.parametrize(
    ("sort", "read"),
    [
        ("", ("", False)),
        ("newest", ("", False)),
        ("smiling", ("Smiling", False)),
        (" -SMILING ", ("Smiling", True)),
    ],
)
def test_an_order_is_an_attribute_and_a_direction(sort, read):
    assert read_sort(sort) == read


def test_an_unknown_sort_order_is_refused_with_the_nearest_names():
    with pytest.raises(FilterError, match='"-Smilling". Did you mean Smiling'):
        read_sort("-Smilling")
