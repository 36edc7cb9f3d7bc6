import shutil

import numpy as np
import pytest
from PIL import Image, ImageFile

from ml.attributes import NAMES
from ml.data.celeba import FaceSet, read_celeba
from ml.data.inspection import inspect_faces, plot_balance, write_exclusions


def damage(celeba) -> set[str]:
    """Damage some pictures, each in another way; their names."""
    pictures = celeba / "img_align_celeba"
    whole = (pictures / "000001.jpg").read_bytes()
    broken = whole[:1200] + b"\xff" * 400 + whole[1600:]
    contents = (b"", b"\xff\xd8\xff\xe0", b"no picture" * 60, whole[:1500], whole[:-2], broken)
    names = [f"{number:06d}.jpg" for number in range(10, 10 + len(contents))]
    for name, content in zip(names, contents, strict=True):
        (pictures / name).write_bytes(content)
    Image.new("RGB", (1, 1)).save(pictures / "000030.jpg")
    Image.new("RGB", (64, 64)).save(pictures / "000031.jpg", "GIF")
    return {*names, "000030.jpg", "000031.jpg"}


def inspected(celeba):
    return inspect_faces(read_celeba(celeba), quiet=True)


def names_of(faces: FaceSet, rows) -> set[str]:
    return {faces.files[row].name for row in rows}


def test_a_sound_set_has_no_findings(celeba):
    found = inspected(celeba)

    assert not found.damaged
    assert not found.copies
    assert not found.extra
    assert not found.contradictions


def test_exactly_the_damaged_pictures_are_found(celeba):
    damaged = damage(celeba)

    found = inspected(celeba)

    assert names_of(found.faces, found.damaged) == damaged
    assert all(found.damaged.values())
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_the_set_less_the_exclusion_list_is_sound(celeba, tmp_path):
    damaged = damage(celeba)
    write_exclusions(inspected(celeba), tmp_path / "exclude.txt")

    faces = read_celeba(celeba, exclude=tmp_path / "exclude.txt")

    assert faces.skipped == {"on the exclusion list": len(damaged)}
    assert not inspect_faces(faces, quiet=True).damaged


def test_pictures_without_labels_are_extra(celeba):
    shutil.copy(celeba / "img_align_celeba" / "000001.jpg", celeba / "img_align_celeba" / "new.jpg")
    (celeba / "img_align_celeba" / "notes.txt").touch()

    assert inspected(celeba).extra == ["new.jpg"]


def test_copies_are_found_and_those_labeled_differently_told(celeba):
    pictures = celeba / "img_align_celeba"
    shutil.copy(pictures / "000001.jpg", pictures / "000005.jpg")  # labeled alike
    shutil.copy(pictures / "000002.jpg", pictures / "000003.jpg")

    found = inspected(celeba)

    assert sorted(found.copies) == [[0, 4], [1, 2]]
    assert found.contradictory_copies == [[1, 2]]
    assert found.leaks == []


def test_of_copies_in_two_partitions_the_last_partition_keeps_its_own(celeba, tmp_path):
    pictures = celeba / "img_align_celeba"
    for name in ("000033.jpg", "000034.jpg"):  # valid and test
        shutil.copy(pictures / "000001.jpg", pictures / name)
    found = inspected(celeba)
    write_exclusions(found, tmp_path / "exclude.txt")

    kept = read_celeba(celeba, exclude=tmp_path / "exclude.txt")

    left_out = names_of(found.faces, range(48)) - names_of(kept, range(len(kept)))
    assert left_out == {"000001.jpg", "000033.jpg"}


def test_of_a_person_in_two_partitions_the_last_partition_keeps_its_own(celeba):
    (celeba / "identity_CelebA.txt").write_text("000001.jpg 5\n000002.jpg 5\n000033.jpg 5\n")

    found = inspected(celeba)

    assert found.persons == [[0, 1, 32]]
    assert found.leaks == [0, 1]


def test_damaged_pictures_are_not_copies_of_each_other(celeba):
    for number in (1, 2, 40):
        (celeba / "img_align_celeba" / f"{number:06d}.jpg").write_bytes(b"")

    found = inspected(celeba)

    assert len(found.damaged) == 3
    assert not found.copies


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bald", "Bangs"), ("Mustache", "No_Beard"), ("Black_Hair", "Gray_Hair")],
)
def test_answers_that_exclude_each_other_are_counted(celeba, one, other):
    faces = read_celeba(celeba)
    faces.targets[:5, NAMES.index(one)] = 1
    faces.targets[3:, NAMES.index(other)] = 1

    found = inspect_faces(faces, quiet=True)

    assert list(found.contradictions.values()) == [2]
    assert {one, other} == set(*found.contradictions)


def test_attributes_of_a_single_answer_are_named(celeba):
    one_sided = inspected(celeba).one_sided

    assert len(one_sided) == 38
    assert not {"Smiling", "Eyeglasses"} & set(one_sided)


def test_the_balance_is_drawn(celeba, tmp_path):
    plot_balance(read_celeba(celeba), tmp_path / "balance.png")

    with Image.open(tmp_path / "balance.png") as image:
        assert np.asarray(image).std() > 10
