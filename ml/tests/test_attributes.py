import pytest

from ml import attributes


def test_the_forty_attributes_stand_in_the_data_sets_order():
    assert len(set(attributes.NAMES)) == 40
    assert list(attributes.NAMES) == sorted(attributes.NAMES)
    assert attributes.NAMES[0] == "5_o_Clock_Shadow"


def test_every_attribute_has_a_column_name_and_a_group():
    assert all(field.isidentifier() for field in attributes.FIELDS)
    assert {attribute.group for attribute in attributes.ATTRIBUTES} == set(attributes.GROUPS)


def test_a_name_is_found_whatever_its_case():
    assert attributes.find(" black hair ").name == "Black_Hair"
    assert attributes.find("Beauty") is None


def test_the_nearest_names_of_a_misspelled_one_come_first():
    assert attributes.nearest("Smilling")[0] == "Smiling"
    assert attributes.nearest("zzzzzz") == []


@pytest.mark.parametrize("attribute", attributes.ATTRIBUTES, ids=lambda one: one.name)
def test_a_name_and_a_label_fold_to_the_same(attribute):
    assert attributes.fold(attribute.label) == attributes.fold(attribute.name)
    assert attribute.found_by[0] == attributes.fold(attribute.name)


@pytest.mark.parametrize(
    "word, name",
    [
        ("moustache", "Mustache"),
        ("glasses", "Eyeglasses"),
        ("grey", "Gray_Hair"),
        ("make-up", "Heavy_Makeup"),
        ("Woman", "Male"),
    ],
)
def test_another_word_for_an_attribute_leads_to_it(word, name):
    assert name in attributes.nearest(word)


@pytest.mark.parametrize("text", ["5 o\u2019clock shadow", "5_o_Clock_Shadow", "5 O'CLOCK-SHADOW"])
def test_apostrophes_hyphens_and_underscores_are_folded_away(text):
    assert attributes.fold(text) == "5oclockshadow"
