import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.conf import settings
from PIL import Image

from ml.attributes import NAMES
from ml.data.celeba import DatasetError, FaceSet, in_threads, load_faces, read_celeba

SHARED = settings.BASE_DIR.parent / "shared" / "data" / "celeba"


def shuffle(path: Path, seed: int) -> None:
    pd.read_csv(path).sample(frac=1, random_state=seed).to_csv(path, index=False)


def by_name(faces: FaceSet) -> dict[str, tuple]:
    """What is known of each face."""
    rows = zip(faces.files, faces.targets.tolist(), faces.partitions.tolist(), strict=True)
    return {file.name: (file, targets, partition) for file, targets, partition in rows}


def as_original_txt(root: Path) -> None:
    """Turn a folder of the csv layout into that of the original text files, with their padding."""
    labels = pd.read_csv(root / "list_attr_celeba.csv", index_col=0)
    rows = "".join(
        f"{name} {' '.join(f'{cell:2}' for cell in row)}\r\n" for name, *row in labels.itertuples()
    )
    text = f"{len(labels)}\r\n{' '.join(NAMES)} \r\n{rows}"
    (root / "list_attr_celeba.txt").write_text(text, newline="")
    (root / "list_attr_celeba.csv").unlink()
    partitions = pd.read_csv(root / "list_eval_partition.csv", index_col=0)
    partitions.to_csv(root / "list_eval_partition.txt", sep=" ", header=False)
    (root / "list_eval_partition.csv").unlink()


def test_labels_and_partitions_are_joined_by_file_name(celeba):
    before = by_name(read_celeba(celeba))
    shuffle(celeba / "list_attr_celeba.csv", seed=1)
    shuffle(celeba / "list_eval_partition.csv", seed=2)

    after = read_celeba(celeba)

    assert by_name(after) == before
    assert after.files[0].name != "000001.jpg"


def test_the_answers_belong_to_the_pictures_they_stand_beside(celeba):
    faces = read_celeba(celeba)

    assert [len(faces.partition(name)) for name in ("train", "valid", "test")] == [32, 8, 8]
    assert faces.files[3].name == "000004.jpg"
    assert faces.targets[:4, NAMES.index("Smiling")].tolist() == [0, 1, 0, 1]
    assert faces.targets[:4, NAMES.index("Eyeglasses")].tolist() == [0, 0, 1, 1]
    assert faces.skipped == {}


def test_the_original_text_files_read_as_the_csv_ones(celeba):
    from_csv = by_name(read_celeba(celeba))
    as_original_txt(celeba)

    assert by_name(read_celeba(celeba)) == from_csv


def test_the_folder_of_torchvision_is_read(celeba, tmp_path):
    as_original_txt(celeba)

    faces = read_celeba(tmp_path)

    assert faces.files[0] == tmp_path / "celeba" / "img_align_celeba" / "000001.jpg"
    assert len(faces) == 48


@pytest.mark.parametrize("folder", ["img_align_celeba/img_align_celeba", "images", "."])
def test_the_pictures_may_lie_in_other_folders(celeba, folder):
    (celeba / "img_align_celeba").rename(celeba / "moved")
    shutil.copytree(celeba / "moved", celeba / folder, dirs_exist_ok=True)

    faces = read_celeba(celeba)

    assert faces.files[0] == celeba / folder / "000001.jpg"


def test_a_labeled_face_without_a_picture_is_left_out_and_counted(celeba):
    (celeba / "img_align_celeba" / "000001.jpg").unlink()

    faces = read_celeba(celeba)

    assert len(faces) == 47
    assert faces.skipped == {"without a picture": 1}
    assert "000001.jpg" not in by_name(faces)


def test_a_partition_without_labels_is_counted(celeba):
    labels = celeba / "list_attr_celeba.csv"
    labels.write_text("".join(labels.read_text().splitlines(keepends=True)[:-2]))

    faces = read_celeba(celeba)

    assert len(faces) == 46
    assert faces.skipped == {"with a partition but no labels": 2}


def test_a_face_without_a_picture_needs_no_partition(celeba):
    (celeba / "img_align_celeba" / "000003.jpg").unlink()
    partitions = celeba / "list_eval_partition.csv"
    partitions.write_text(partitions.read_text().replace("000003.jpg,0\n", ""))

    assert read_celeba(celeba).skipped == {"without a picture": 1}


def test_without_a_partition_file_every_face_is_a_test_face(celeba):
    (celeba / "list_eval_partition.csv").unlink()

    assert len(read_celeba(celeba).partition("test")) == 48


@pytest.mark.parametrize("name", ["mine.csv", "mine.txt"])
def test_another_partition_file_may_be_given(celeba, tmp_path, name):
    mine, comma = tmp_path / name, "," if name.endswith("csv") else " "
    mine.write_text("".join(f"{n:06d}.jpg{comma}{n % 2}\n" for n in range(1, 49)))

    faces = read_celeba(celeba, partitions=mine)

    assert [len(faces.partition(name)) for name in ("train", "valid", "test")] == [24, 24, 0]


def test_faces_on_the_exclusion_list_are_left_out_and_counted(celeba, tmp_path):
    (tmp_path / "exclude").write_text("# damaged\n000002.jpg  # no picture\n\n000005.jpg\n")

    faces = read_celeba(celeba, exclude=tmp_path / "exclude")

    assert faces.skipped == {"on the exclusion list": 2}
    assert not {"000002.jpg", "000005.jpg"} & set(by_name(faces))


def test_the_exclusion_list_names_faces_of_the_set(celeba, tmp_path):
    (tmp_path / "exclude").write_text("000002.jpg\n# a comment\n2.jpg\n")

    with pytest.raises(DatasetError, match="exclude: line 3: '2.jpg' is not among the faces"):
        read_celeba(celeba, exclude=tmp_path / "exclude")


def test_an_exclusion_list_of_everything_is_refused(celeba, tmp_path):
    (tmp_path / "exclude").write_text("\n".join(f"{n:06d}.jpg" for n in range(1, 49)))

    with pytest.raises(DatasetError, match="every face that has a picture"):
        read_celeba(celeba, exclude=tmp_path / "exclude")


def test_a_folder_that_is_not_celeba_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="holds neither"):
        read_celeba(tmp_path)
    with pytest.raises(DatasetError, match="no such folder"):
        read_celeba(tmp_path / "none")


def test_labels_without_a_single_picture_are_refused(celeba):
    shutil.rmtree(celeba / "img_align_celeba")

    with pytest.raises(DatasetError, match="none of the 48 pictures named in"):
        read_celeba(celeba)


def test_the_fingerprint_follows_from_names_targets_and_partitions(celeba):
    faces = read_celeba(celeba)
    other = faces.take(np.arange(48))
    turned = FaceSet(faces.files, 1 - faces.targets, faces.partitions)
    moved = FaceSet(faces.files, faces.targets, 2 - faces.partitions)

    assert other.fingerprint() == faces.fingerprint()
    assert len({each.fingerprint() for each in (faces, turned, moved, faces.take([1, 0]))}) == 4


def test_the_fingerprint_is_the_same_in_another_folder(celeba, tmp_path):
    copy = shutil.copytree(celeba, tmp_path / "copy")

    assert read_celeba(copy).fingerprint() == read_celeba(celeba).fingerprint()


def test_faces_load_as_their_squares(celeba):
    pixels = load_faces(read_celeba(celeba).partition("valid"), 24, quiet=True)

    assert pixels.shape == (8, 3, 24, 24)
    assert pixels.float().std() > 10


def test_a_damaged_picture_is_named_with_what_to_do(celeba):
    damaged = celeba / "img_align_celeba" / "000001.jpg"
    damaged.write_bytes(damaged.read_bytes()[:2000])

    with pytest.raises(DatasetError, match=r"000001\.jpg: image file is truncated.*check_dataset"):
        load_faces(read_celeba(celeba), 24, quiet=True)


@pytest.mark.parametrize(("size", "reason"), [((31, 64), "31x64"), ((9000, 6000), "9000x6000")])
def test_a_picture_too_small_or_too_large_for_a_face_is_refused(celeba, size, reason):
    Image.new("L", size).save(celeba / "img_align_celeba" / "000001.jpg")

    with pytest.raises(DatasetError, match=reason):
        load_faces(read_celeba(celeba), 24, quiet=True)


def test_an_error_ends_the_work_at_once():
    done = []

    def work(row: int) -> None:
        if row == 0:
            raise ValueError("row 0")
        time.sleep(0.01)
        done.append(row)

    with pytest.raises(ValueError, match="row 0"):
        in_threads(work, range(10_000), "working", quiet=True)
    assert len(done) < 1000


@pytest.mark.skipif(not SHARED.exists(), reason="the real faces are not on this machine")
def test_the_real_faces_are_read():
    faces = read_celeba(SHARED)

    assert len(faces.partition("train")) == 19_094
    assert faces.skipped == {}


def write_known(root: Path, **unknown: str) -> None:
    """Beside the labels, say of one attribute of a picture (by its number) that it is unknown."""
    known = pd.read_csv(root / "list_attr_celeba.csv", index_col=0).abs()
    for name, attribute in unknown.items():
        known.loc[f"{name.removeprefix('n')}.jpg", attribute] = 0
    known.to_csv(root / "list_known_celeba.csv")


def test_an_unknown_label_is_no_target(celeba):
    write_known(celeba, n000002="Smiling")

    faces = read_celeba(celeba)

    targets = faces.float_targets()
    assert targets.isnan().sum() == 1
    assert targets[1, NAMES.index("Smiling")].isnan()
    assert np.array_equal(targets[0].numpy(), faces.targets[0])


def test_what_is_known_belongs_to_the_fingerprint(celeba):
    before = read_celeba(celeba).fingerprint()
    write_known(celeba, n000002="Smiling")

    assert read_celeba(celeba).fingerprint() != before


def test_a_network_is_never_measured_on_unknown_labels(celeba):
    write_known(celeba, n000048="Smiling")

    with pytest.raises(
        DatasetError, match=r"line 49: labels may be unknown in the train partition only"
    ):
        read_celeba(celeba)


def test_joined_faces_keep_what_is_known_of_each(celeba):
    all_known = read_celeba(celeba).partition("train")
    write_known(celeba, n000002="Smiling")
    some_known = read_celeba(celeba).partition("train")

    joined = all_known.joined(some_known)

    assert len(joined) == len(joined.targets) == len(joined.partitions) == 64
    assert joined.files[32:] == some_known.files
    assert joined.known[:32].all()
    assert joined.known[32:].tolist() == some_known.known.tolist()
