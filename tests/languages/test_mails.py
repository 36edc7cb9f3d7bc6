"""What the site sends by mail, and what allauth says on the next page."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from tests.languages.catalogs import OTHERS
from tests.languages.pages import ENGLISH

FOLDER = settings.BASE_DIR / "templates"
FILES = sorted(
    str(path.relative_to(FOLDER))
    for folder in ("email", "messages")
    for path in (FOLDER / "account" / folder).glob("*.txt")
    if path.read_text().strip() and path.name != "base_message.txt"
)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("file", FILES)
def test_it_is_not_english(file, language):
    with translation.override(language):
        text = render_to_string(file, {"username": "olga", "email": "olga@example.org"})

    assert text.strip() and ENGLISH.findall(text) == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_names_of_people_and_places_are_in_it(language):
    context = {"username": "Olga & Otto", "password_reset_url": "https://example.org/?a=1&b=2"}

    with translation.override(language):
        text = render_to_string("account/email/password_reset_key_message.txt", context)

    assert "Guten Tag Olga & Otto,\n\n" in text
    assert "\n\nhttps://example.org/?a=1&b=2\n\n" in text
