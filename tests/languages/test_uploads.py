"""The reasons why a file is refused are translated; another process gives them in English."""

import pytest
from django.utils import translation

from gallery.tests.pictures import chunk, draw, encode, png, refusal
from tests.hostile import tiff
from tests.languages.catalogs import OTHERS
from tests.languages.pages import ENGLISH

REFUSED = [
    encode(draw(mode="1"), "TIFF"),
    encode(draw(mode="I;16"), "TIFF"),
    encode(draw(), "TIFF", compression="jpeg"),
    encode(draw(mode="LAB"), "TIFF"),
    encode(draw(), "TIFF", tiffinfo={254: 1}),
    encode(draw(), "TIFF", big_tiff=True),
    tiff.strips(MEANING=2),
    png(extra=chunk(b"cICP", bytes([1, 17, 0, 1]))),
]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("data", REFUSED)
def test_no_part_of_the_reason_is_english(data, language):
    english = refusal(data)

    with translation.override(language):
        told = refusal(data)

    within = [text.partition("(")[2].partition(")")[0] for text in (english, told)]
    assert all(within) and within[0] != within[1]
    assert ENGLISH.findall(told) == []


def test_what_the_reason_is_filled_in_with_is_in_it():
    with translation.override("de"):
        told = [refusal(data) for data in REFUSED]

    assert "(16 Bit je Farbe statt 8)" in told[1]
    assert "(Primärfarben 1, Kurve 17 nach ITU-T H.273)" in told[-1]
