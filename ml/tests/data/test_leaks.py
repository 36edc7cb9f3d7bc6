"""Pictures and persons that are in two partitions, and are not to be."""

import shutil

import pytest

from ml.data.celeba import DatasetError, read_celeba
from ml.hardware.distributed import Group, default_device
from ml.tests.conftest import make_celeba
from ml.training.data import Sources

ALONE = Group(rank=0, size=1, device=default_device())


def picture(celeba, number: int):
    return celeba / "img_align_celeba" / f"{number:06d}.jpg"


def hashed(**sources):
    return Sources(**sources).read().hashed(ALONE, quiet=True)


def write_persons(celeba, person_of) -> None:
    rows = [f"{row:06d}.jpg {person_of(row)}" for row in range(1, 49)]
    (celeba / "identity_CelebA.txt").write_text("\n".join(rows))


def row_in(celeba, partition: str) -> int:
    """The number of the last picture of a partition."""
    return int(read_celeba(celeba).partition(partition).files[-1].stem)


@pytest.mark.parametrize("partition", ["valid", "test"])
def test_the_same_picture_in_two_partitions_is_refused_and_named(celeba, partition):
    row = row_in(celeba, partition)
    shutil.copy(picture(celeba, 3), picture(celeba, row))

    with pytest.raises(DatasetError) as error:
        hashed(folder=celeba)

    assert "1 picture is in two partitions" in str(error.value)
    assert f"000003.jpg (train) = {picture(celeba, row)} ({partition})" in str(error.value)


def test_the_same_picture_twice_in_one_partition_is_no_leak(celeba):
    shutil.copy(picture(celeba, 3), picture(celeba, 4))

    assert len(hashed(folder=celeba).train) == 32


def test_a_person_in_two_partitions_is_refused_and_named(celeba):
    write_persons(celeba, lambda row: row % 40)

    with pytest.raises(DatasetError, match=r"8 persons are in two.*000001\.jpg \(train\)"):
        Sources(folder=celeba).read()


def test_persons_of_one_partition_each_are_no_leak(celeba):
    write_persons(celeba, lambda row: row)

    assert Sources(folder=celeba).read().train.persons.tolist() == list(range(1, 33))


def test_pictures_without_a_known_person_are_no_leak(celeba):
    (celeba / "identity_CelebA.txt").write_text("000001.jpg 7\n")

    assert Sources(folder=celeba).read().train.persons.tolist() == [7, *[-1] * 31]


def test_a_malformed_list_of_persons_is_refused_with_its_place(celeba):
    (celeba / "identity_CelebA.txt").write_text("000001.jpg 7\n000002.jpg nobody\n")

    with pytest.raises(DatasetError, match="identity_CelebA.txt: line 2"):
        read_celeba(celeba)


def test_the_data_set_itself_is_no_further_folder(celeba):
    with pytest.raises(DatasetError, match="is the data set itself"):
        Sources(folder=celeba, also=(celeba,)).read()


def test_a_copy_of_the_data_set_is_no_further_folder(celeba, tmp_path):
    shutil.copytree(celeba, tmp_path / "copy")

    with pytest.raises(DatasetError, match="copy: all of its 32 pictures.* are among the training"):
        hashed(folder=celeba, also=(tmp_path / "copy",))


def test_a_further_folder_with_a_picture_of_valid_is_refused(celeba, tmp_path):
    further = make_celeba(tmp_path / "further", 24)
    row = row_in(celeba, "valid")
    shutil.copy(picture(celeba, row), picture(further, 1))

    with pytest.raises(DatasetError, match=rf"further.*000001\.jpg \(train\) = .*{row:06d}\.jpg"):
        hashed(folder=celeba, also=(further,))


def test_faces_cut_from_a_picture_of_valid_are_refused(celeba):
    valid = hashed(folder=celeba).valid

    with pytest.raises(DatasetError, match=f"the photo 7 is of {valid.files[0]} \\(valid\\)"):
        hashed(folder=celeba, origins={valid.hashes[0].tobytes().hex(): "the photo 7"})


def test_faces_cut_from_a_picture_of_train_are_no_leak(celeba):
    train = hashed(folder=celeba).train

    assert hashed(folder=celeba, origins={train.hashes[0].tobytes().hex(): "the photo 7"})
