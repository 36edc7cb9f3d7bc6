"""Data sets with other attributes than CelebA's."""

import numpy as np
import pandas as pd
import pytest

from ml.attributes import NAMES
from ml.data.celeba import DatasetError, read_celeba
from ml.tests.conftest import own_celeba

LABELS = "list_attr_celeba.csv"


def write_labels(root, columns) -> None:
    """Give every face a yes for each of these columns."""
    index = pd.read_csv(root / LABELS, index_col=0).index
    pd.DataFrame(1, index=index, columns=columns).to_csv(root / LABELS)


def test_other_columns_are_the_attributes_in_their_order(celeba):
    before = read_celeba(celeba)

    faces = read_celeba(own_celeba(celeba))

    assert faces.attributes == ("Grinning", "Has glasses", "Grumpy")
    smiling = before.targets[:, NAMES.index("Smiling")]
    assert np.array_equal(faces.targets[:, 0], smiling)
    assert np.array_equal(faces.targets[:, 2], 1 - smiling)
    assert faces.fingerprint() != before.fingerprint()


@pytest.mark.parametrize("count", [1, 200])
def test_a_set_may_have_one_attribute_or_two_hundred(celeba, count):
    write_labels(celeba, [f"a{number}" for number in range(count)])

    assert len(read_celeba(celeba).attributes) == count


def test_those_that_are_named_are_taken_in_that_order(celeba):
    faces = read_celeba(celeba, attributes=["Young", "Smiling"])

    assert faces.attributes == ("Young", "Smiling")
    assert faces.targets[:4].tolist() == [[0, 0], [0, 1], [0, 0], [0, 1]]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([], "has 0 attributes, and 1 to 200 can be learned"),
        ([f"a{number}" for number in range(201)], "has 201 attributes, and 1 to 200"),
        (["Grinning", "1"], "column 3: '1' is not a name: it has no letter"),
        (["Grinning", "x" * 101], "is not a name: it is longer than 100 characters"),
        ([*NAMES, "Freckles"], "'Freckles' is not one of the 40 attributes"),
        (NAMES[:39], "has 39 attributes, not 40; there is no column Young"),
    ],
)
def test_columns_that_are_no_attributes_are_refused(celeba, columns, words):
    write_labels(celeba, columns)

    with pytest.raises(DatasetError, match=words):
        read_celeba(celeba)


def test_one_attribute_more_than_celebas_is_learned_when_all_are_named(celeba):
    names = [*NAMES, "Freckles"]
    write_labels(celeba, names)

    assert read_celeba(celeba, attributes=names).attributes == tuple(names)


def test_an_attribute_that_is_not_there_is_refused_with_the_nearest(celeba):
    with pytest.raises(DatasetError, match="no column Smilling; did you mean Smiling?"):
        read_celeba(celeba, attributes=["Smilling"])
