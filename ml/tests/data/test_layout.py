"""Data sets as they are handed out: CelebA's own folders, and what people make of them."""

import shutil

import pytest
from PIL import Image

from ml.data.celeba import read_celeba
from ml.data.layout import LABELS
from ml.data.tables import DatasetError
from ml.tests.conftest import make_celeba
from ml.tests.data.test_celeba import as_original_txt, by_name

PICTURES = "img_align_celeba"


@pytest.fixture
def kaggle(tmp_path):
    """A data set in one folder, of 12 faces."""
    return make_celeba(tmp_path / "kaggle", 12)


@pytest.fixture
def original(kaggle, tmp_path):
    """The same as CelebA hands it out."""
    root = shutil.copytree(kaggle, tmp_path / "CelebA")
    as_original_txt(root)
    for name, folder in {
        "list_attr_celeba.txt": "Anno",
        "list_eval_partition.txt": "Eval",
        PICTURES: "Img",
    }.items():
        (root / folder).mkdir()
        (root / name).rename(root / folder / name)
    return root


def test_celebas_own_folders_are_read(original, kaggle):
    faces = read_celeba(original)

    told = {name: facts[1:] for name, facts in by_name(faces).items()}
    assert told == {name: facts[1:] for name, facts in by_name(read_celeba(kaggle)).items()}
    assert faces.files[0].parent == original / "Img" / PICTURES
    assert len(faces.partition("train")) == 8


@pytest.mark.parametrize("folder", ["Anno", "Eval", "Img"])
def test_one_of_celebas_own_folders_stands_for_the_whole(original, folder):
    assert len(read_celeba(original / folder)) == 12


def test_the_only_data_set_in_a_folder_is_found(original, tmp_path):
    (tmp_path / "data").mkdir()
    original.rename(tmp_path / "data/CelebA")
    (tmp_path / "data/other").mkdir()

    assert len(read_celeba(tmp_path / "data")) == 12


def test_of_several_data_sets_none_is_guessed(original, kaggle, tmp_path):
    with pytest.raises(DatasetError, match=r"several data sets \(CelebA, kaggle\): name one"):
        read_celeba(tmp_path)


@pytest.mark.parametrize("folder", ["img_align_celeba_png", PICTURES])
def test_the_png_variant_is_read(original, folder):
    jpegs = original / "Img" / PICTURES
    pngs = original / "Img" / "made"
    pngs.mkdir()
    for file in jpegs.iterdir():
        Image.open(file).save(pngs / f"{file.stem}.png")
    shutil.rmtree(jpegs)
    pngs.rename(original / "Img" / folder)
    (original / "Img" / folder / "000003.png").unlink()

    faces = read_celeba(original)

    assert faces.files[0] == original / "Img" / folder / "000001.png"
    assert faces.skipped == {"without a picture": 1}
    assert len(faces) == 11


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("list_attr_celeba.csv.txt", "list_attr_celeba.csv"),
        ("list_attr_celeba (1).csv", "list_attr_celeba.csv"),
        ("list_attr_celebA.csv", "list_attr_celeba.csv"),
        ("list_attr_celeba", "list_attr_celeba.txt"),
        ("list_atr_celeba.csv", "list_attr_celeba.csv"),
    ],
)
def test_labels_of_nearly_the_right_name_are_named(kaggle, name, wanted):
    (kaggle / "list_attr_celeba.csv").rename(kaggle / name)

    with pytest.raises(DatasetError) as refused:
        read_celeba(kaggle)

    assert f"but {name}: rename it to {wanted}" in str(refused.value)


def test_partitions_of_nearly_the_right_name_are_not_overlooked(kaggle):
    (kaggle / "list_eval_partition.csv").rename(kaggle / "list_eval_partition.csv.txt")

    with pytest.raises(DatasetError, match="rename it to list_eval_partition.csv"):
        read_celeba(kaggle)


def test_pictures_that_are_still_packed_are_named(original):
    shutil.rmtree(original / "Img" / PICTURES)
    (original / "Img" / f"{PICTURES}.zip").touch()

    with pytest.raises(DatasetError, match=rf"unpack .*{PICTURES}\.zip first"):
        read_celeba(original)


def test_a_folder_with_nothing_like_it_says_what_is_missing(tmp_path):
    (tmp_path / "notes.txt").touch()

    with pytest.raises(DatasetError) as refused:
        read_celeba(tmp_path)

    assert f"holds neither {LABELS}.csv nor {LABELS}.txt" in str(refused.value)
