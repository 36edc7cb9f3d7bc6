"""The catalogs are complete, and what is compiled says what they say."""

import json

import pytest
from django.conf import settings
from django.utils import translation

from gallery.filters.terms import FilterError
from gallery.labels import DENIED, FOUND_BY, GROUPS, LABELS, METRICS, SAID
from gallery.models import failures
from gallery.views.contexts.grades import in_words
from ml import attributes
from ml.evaluation.metrics import METRICS as MEASURED
from tests.languages.catalogs import (
    CATALOGS,
    OTHERS,
    PLACEHOLDER,
    pairs_of,
    path_of,
    read_catalog,
    read_compiled,
    texts_in,
    texts_of,
)

each_catalog = pytest.mark.parametrize(("language", "domain"), CATALOGS)


@each_catalog
def test_a_catalog_holds_the_texts_of_the_site_and_no_others(language, domain):
    found, listed = texts_in(domain), set(texts_of(read_catalog(language, domain)))

    assert (found - listed, listed - found) == (set(), set())  # mended by `make messages`


@each_catalog
def test_every_text_is_translated_and_none_is_a_guess_or_left_over(language, domain):
    catalog = read_catalog(language, domain)

    assert [message.id for message in catalog if message.id and message.fuzzy] == []
    assert [text for text, translated in pairs_of(catalog) if text and not translated] == []
    assert list(catalog.obsolete) == []


@each_catalog
def test_a_translation_has_the_placeholders_and_the_markup_of_its_text(language, domain):
    wrong = [
        text
        for text, translated in pairs_of(read_catalog(language, domain))
        if text and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(translated))
    ]

    assert wrong == []


@each_catalog
def test_what_is_compiled_says_what_the_catalog_says(language, domain):
    catalog = texts_of(read_catalog(language, domain))

    assert texts_of(read_compiled(language, domain)) == catalog  # `make messages` compiles
    assert b"POT-Creation-Date" not in path_of(language, domain, "po").read_bytes()


def test_every_language_of_the_settings_has_a_catalog_and_no_other_has():
    folders = {path.name for path in (settings.BASE_DIR / "locale").iterdir()}

    assert folders == set(OTHERS)


def test_the_labels_are_those_of_the_library():
    labels = {attribute.name: attribute.label for attribute in attributes.ATTRIBUTES}
    words = {a.name: a.words for a in attributes.ATTRIBUTES if a.words}

    assert {name: str(label) for name, label in LABELS.items()} == labels
    assert {name: str(said) for name, said in SAID.items()} == {
        name: label.lower() for name, label in labels.items()
    }
    assert list(DENIED) == list(labels)
    assert {name: str(found) for name, found in FOUND_BY.items()} == words
    assert {*GROUPS} == {*attributes.GROUPS, "Less reliable"}
    assert set(METRICS) == {
        text for m in MEASURED for text in (m.label, m.short, m.explanation) if m.key != "majority"
    } | {"Majority"}


@pytest.mark.parametrize("language", OTHERS)
def test_the_reasons_for_the_grades_of_a_checkpoint_are_translated(language):
    config = json.loads((settings.CHECKPOINT / "config.json").read_text())
    reasons = [graded["reason"] for graded in config["reliability"].values()]

    with translation.override(language):
        translated = [in_words(reason) for reason in reasons]

    assert len(reasons) == 40
    assert [text for text in translated if {"finds", "of", "right", "to"} & set(text.split())] == []
    assert [in_words(reason) for reason in reasons] == reasons


def test_a_reason_of_another_evaluation_stays_as_it_is():
    with translation.override("de"):
        assert in_words("finds 3 of 4; trained on 12 of 13 Sundays") == (
            "findet 3 von 4; trained on 12 of 13 Sundays"
        )


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (failures.unexpected(FilterError("x")), "Die Analyse ist fehlgeschlagen (FilterError)."),
        ("The stored picture is missing.", "Das gespeicherte Bild fehlt."),
        ("", ""),
        ("What a later version wrote.", "What a later version wrote."),
    ],
)
def test_why_an_analysis_failed_is_kept_in_english_and_told_in_the_readers_language(kept, told):
    with translation.override("de"):
        assert failures.in_words(kept) == told
