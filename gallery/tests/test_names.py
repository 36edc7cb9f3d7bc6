"""Names of files: the person's own, as far as they are safe to show."""

import pytest

from gallery.names import clean_name, without_ending

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467.jpg"  # one sign, of three and what joins them
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f.jpg"


@pytest.mark.parametrize(
    "name",
    [
        "holiday.jpg",
        "Zo\u00eb \u5bb6\u65cf.HEIC",
        "Screenshot 2026-11-29 at 3.04.12\u202fPM.png",
        "Tom &amp; Jerry.jpg",
        "Dr. Who.jpg",
        "Dr. Who",
        "a  b.jpg",
        'say "cheese" <3; 100%.jpg',
        FAMILY,
        WALES,
        "\u2764\ufe0f.jpg",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.jpg",  # Persian, with its joiner
        "\u05d0\u05d1\u200f.jpg",
        "\uf8ff.jpg",
        "\U0001fae9.jpg",  # newer than Python's tables
    ],
)
def test_a_name_is_kept(name):
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "name, cleaned",
    [
        ("../../../etc/passwd.jpg", "passwd.jpg"),
        ("..\\..\\windows\\win.ini.jpg", "win.ini.jpg"),
        ("C:\\x\\y.jpg", "y.jpg"),
        (" spaced \t name .jpg ", "spaced   name .jpg"),
        ("a\x00b\r\nSet-Cookie: c.jpg", "a b Set-Cookie: c.jpg"),
        ("gpj\u202egnp.exe", "gpjgnp.exe"),
        ("\u2067gpj\u2069.png", "gpj.png"),
        ("Smil\u200bing\ufeff.jpg", "Smiling.jpg"),
        ("\ud800.jpg", "jpg"),
        ("a" * 5000 + ".jpg", "a" * 251 + ".jpg"),
        ("a" * 5000, "a" * 255),
        (".htaccess", "htaccess"),
        ("", "photo"),
        ("/", "photo"),
        ("..", "photo"),
        ("\x00", "photo"),
        ("\u200d\u202e", "photo"),
        ("\u0301", "photo"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(name, cleaned):
    assert clean_name(name) == cleaned


def test_a_name_is_composed_so_that_it_can_be_found():
    assert clean_name("Zoe\u0308.jpg") == "Zo\u00eb.jpg"


@pytest.mark.parametrize(
    "name, stem",
    [("Dr. Who.jpg", "Dr. Who"), ("Dr. Who", "Dr. Who"), ("a.HIF", "a"), ("a.jpg.png", "a.jpg")],
)
def test_only_the_ending_of_a_picture_is_cut_off(name, stem):
    assert without_ending(name) == stem
