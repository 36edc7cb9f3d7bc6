"""What the schema says of a filter is what can be read."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery.filters.parsing import parse
from gallery.filters.pattern import EXPRESSION
from gallery.filters.terms import FilterError
from gallery.models.saved_filter import MAX_LENGTH
from tests.sizes import sized

GOOD = [
    "",
    " ",
    "Smiling,-Eyeglasses,Black_Hair|Brown_Hair,Young>=0.8,?Bangs",
    " Smiling , - Young |Male > .5 ",
    "5_o_Clock_Shadow<=1.000,Young<0.",
    "faces>=2,status=ready|date=2026-01-31",
    "date<2024-02-29|date>2000-02-29|faces=0000",
    "taken=2024,-taken>=2024-06|taken<2024-06-01,taken>9999-11,taken=0001-01-01",
    'name=IMG_1.jpg|-name="Beach, ""our"" | 5 < 6",- answered = Smiling',
    'name=" ",name=""""',
    'by=me|-by="a, b",model=active,-gallery="Summer (2)"',
    "detector=none|-detector=person",
    ",".join(["Bald"] * 100),
]
BAD = [
    "Smiling,",
    "|Smiling",
    "Smilling",
    "--Smiling",
    "-Young>=0.5",
    "Young>=1.1",
    "Young>=",
    "Young=0.5",
    "Young>=0.5.1",
    "Smiling|faces=2",
    "-faces=2",
    "faces",
    "faces>=10000",
    "status>=ready",
    "status=done",
    "date=2026-02-29",
    "date=1900-02-29",
    "date=2026-04-31",
    "date=0000-01-01",
    "date=0001-01-01",
    "date=9999-12-31",
    "taken=24",
    "taken=2024-13",
    "taken=2023-02-29",
    "taken=0000",
    "taken=9999",
    "taken=9999-12",
    "taken=9999-12-31",
    "?taken=2024",
    "name>=a",
    "name=",
    'name=""',
    'name="a',
    'name="a"b',
    'name="a"b"',
    "answered=Smilling",
    "by>=me",
    "by=",
    "?gallery=x",
    'model="x',
    "detector=whole picture",
    "detector",
    "answered",
    "?answered=Smiling",
    "answered=Smiling|Smiling",
    ",".join(["Bald"] * 101),
    ",  taken=2024" * 50,
    "faces=1" + ",  taken=2024" * 50 + "?",  # must not be tried in 3 ** 50 ways
]


@pytest.mark.parametrize("text", GOOD)
def test_what_can_be_read_fits(text):
    parse(text)

    assert re.search(EXPRESSION, text)


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_read_does_not_fit(text):
    with pytest.raises(FilterError):
        parse(text)

    assert not re.search(EXPRESSION, text)


@pytest.mark.slow
@settings(
    max_examples=sized(300), deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(st.from_regex(EXPRESSION, fullmatch=True).filter(lambda text: len(text) <= MAX_LENGTH))
def test_whatever_fits_can_be_read_and_is_written_so_that_it_fits(text):
    read = parse(text)

    assert re.search(EXPRESSION, str(read))
    assert parse(str(read)) == read
