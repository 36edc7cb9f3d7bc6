import pytest

from ml.facts import flatten, in_words, with_current_names


def test_nested_facts_are_named_by_their_path():
    facts = {"epochs": 3, "augmentation": {"flip": 0.5, "erase_share": {"low": 1}}}

    assert list(flatten(facts)) == [
        (("epochs",), 3),
        (("augmentation", "flip"), 0.5),
        (("augmentation", "erase share", "low"), 1),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        ([512, 40], "512, 40"),
        ([], "none"),
        (0.30000000000000004, "0.3"),
        (None, "–"),
        ("", "–"),
        (0, "0"),
    ],
)
def test_a_value_is_said_in_words(value, words):
    assert in_words(value) == words


@pytest.mark.parametrize(
    ("stored", "now"), [(True, "true"), (False, "false"), ("auto", "auto"), ("true", "true")]
)
def test_a_switch_of_an_earlier_version_has_a_word_now(stored, now):
    assert with_current_names({"compile": stored, "head": [512]}) == {"compile": now, "head": [512]}
