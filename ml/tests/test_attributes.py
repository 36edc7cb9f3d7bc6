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
