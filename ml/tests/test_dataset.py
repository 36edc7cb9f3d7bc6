from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.conf import settings

from ml.attributes import NAMES
from ml.dataset import DatasetError, load_faces, read_celeba

SHARED = settings.BASE_DIR.parent / "shared" / "data" / "celeba"


def test_labels_and_partitions_are_joined_by_file_name(celeba):
    shuffled = pd.read_csv(celeba / "list_eval_partition.csv").sample(frac=1, random_state=1)
    shuffled.to_csv(celeba / "list_eval_partition.csv", index=False)

    faces = read_celeba(celeba)

    assert [len(faces.partition(name)) for name in ("train", "valid", "test")] == [32, 8, 8]
    assert faces.files[3].name == "000004.jpg"
    assert faces.targets[3, NAMES.index("Smiling")] == 1
    assert faces.targets[2, NAMES.index("Smiling")] == 0


def as_original_txt(root: Path) -> None:
    """Turn a folder of the csv layout into that of the original text files."""
    labels = pd.read_csv(root / "list_attr_celeba.csv", index_col=0)
    rows = "".join(f"{name} {' '.join(map(str, row))}\n" for name, *row in labels.itertuples())
    (root / "list_attr_celeba.txt").write_text(f"{len(labels)}\n{' '.join(NAMES)} \n{rows}")
    (root / "list_attr_celeba.csv").unlink()
    partitions = pd.read_csv(root / "list_eval_partition.csv", index_col=0)
    partitions.to_csv(root / "list_eval_partition.txt", sep=" ", header=False)
    (root / "list_eval_partition.csv").unlink()


def test_the_original_text_files_read_as_the_csv_ones(celeba):
    from_csv = read_celeba(celeba)
    as_original_txt(celeba)

    from_txt = read_celeba(celeba)

    assert from_txt.files == from_csv.files
    assert np.array_equal(from_txt.targets, from_csv.targets)
    assert np.array_equal(from_txt.partitions, from_csv.partitions)


def test_a_labelled_face_without_a_picture_is_left_out_and_counted(celeba):
    (celeba / "img_align_celeba" / "000002.jpg").unlink()

    faces = read_celeba(celeba)

    assert len(faces) == 47
    assert faces.missing == 1
    assert "000002.jpg" not in {file.name for file in faces.files}


def test_without_a_partition_file_every_face_is_a_test_face(celeba):
    (celeba / "list_eval_partition.csv").unlink()

    assert len(read_celeba(celeba).partition("test")) == 48


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",Smiling,", ",Smirking,", "Smirking"),
        ("000002.jpg,", "000001.jpg,", "row 2: 000001.jpg is there twice"),
        ("000001.jpg,-1", "000001.jpg,7", "row 1: 5_o_Clock_Shadow is 7"),
        ("000001.jpg,-1", "000001.jpg,", "row 1: 5_o_Clock_Shadow is nan"),
    ],
)
def test_bad_labels_are_refused_with_the_file_and_the_place(celeba, old, new, message):
    labels = celeba / "list_attr_celeba.csv"
    labels.write_text(labels.read_text().replace(old, new))

    with pytest.raises(DatasetError, match=message) as error:
        read_celeba(celeba)
    assert str(labels) in str(error.value)


def test_a_face_without_a_partition_is_refused(celeba):
    partitions = celeba / "list_eval_partition.csv"
    partitions.write_text(partitions.read_text().replace("000003.jpg,0\n", ""))

    with pytest.raises(DatasetError, match="no partition of 0, 1 or 2 for 000003.jpg"):
        read_celeba(celeba)


def test_a_folder_that_is_not_celeba_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="holds neither"):
        read_celeba(tmp_path)
    with pytest.raises(DatasetError, match="no such folder"):
        read_celeba(tmp_path / "none")


def test_faces_load_as_their_squares(celeba):
    pixels = load_faces(read_celeba(celeba).partition("valid"), 24, quiet=True)

    assert pixels.shape == (8, 3, 24, 24)
    assert pixels.float().std() > 10


def test_a_damaged_picture_is_named(celeba):
    damaged = celeba / "img_align_celeba" / "000001.jpg"
    damaged.write_bytes(damaged.read_bytes()[:500])

    with pytest.raises(DatasetError, match="000001.jpg"):
        load_faces(read_celeba(celeba), 24, quiet=True)


@pytest.mark.skipif(not SHARED.exists(), reason="the real faces are not on this machine")
def test_the_real_faces_are_read():
    faces = read_celeba(SHARED)

    assert len(faces.partition("train")) == 19_094
    assert faces.missing == 0
