"""Image folders and Parquet files, as Hugging Face's datasets has them."""

import io

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ml.attributes import NAMES
from ml.data.celeba import DatasetError, read_celeba
from ml.data.drawing import draw_face
from ml.data.inspection import inspect_faces, write_exclusions
from ml.training.data import Sources

SPLITS = {"train": 6, "validation": 3, "test": 3}
WRITERS = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
    "parquet": lambda frame, path: frame.to_parquet(path),
}


def picture(seed: int) -> bytes:
    content = io.BytesIO()
    draw_face(set(), (64, 64), seed).save(content, "JPEG")
    return content.getvalue()


def rows_of(count: int, seed: int) -> pd.DataFrame:
    answers = np.arange(count) % 2
    return pd.DataFrame(
        {
            "file_name": [f"{row}.jpg" for row in range(count)],
            "Grinning": answers,
            "Bearded": answers == 0,
            "text": [f"face {seed}.{row}" for row in range(count)],
        }
    )


def make_folder(root, kind: str = "csv"):
    for seed, (split, count) in enumerate(SPLITS.items()):
        (root / split).mkdir(parents=True)
        for row in range(count):
            (root / split / f"{row}.jpg").write_bytes(picture(100 * seed + row))
        WRITERS[kind](rows_of(count, seed), root / split / f"metadata.{kind}")
    return root


@pytest.mark.parametrize("kind", WRITERS)
def test_each_kind_of_table_is_read(tmp_path, kind):
    faces = read_celeba(make_folder(tmp_path / "faces", kind))

    assert faces.attributes == ("Grinning", "Bearded")
    assert faces.targets[:3].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert [len(faces.partition(name)) for name in ("train", "valid", "test")] == [6, 3, 3]
    assert faces.names[5:7] == ["train/5.jpg", "validation/0.jpg"]


def test_one_table_may_name_the_folders_of_the_partitions(tmp_path):
    root = make_folder(tmp_path / "faces")
    frames = []
    for split in SPLITS:
        frame = pd.read_csv(root / split / "metadata.csv")
        (root / split / "metadata.csv").unlink()
        frames.append(frame.assign(file_name=f"{split}/" + frame["file_name"]))
    pd.concat(frames).to_csv(root / "metadata.csv", index=False)

    assert len(read_celeba(root).partition("valid")) == 3


def test_without_folders_of_partitions_all_are_test(tmp_path):
    root = make_folder(tmp_path / "faces") / "train"

    assert len(read_celeba(root).partition("test")) == 6


def test_celebas_attributes_are_in_celebas_order(tmp_path):
    root = make_folder(tmp_path / "faces") / "train"
    names = pd.DataFrame({"file_name": [f"{row}.jpg" for row in range(6)]})
    labels = pd.DataFrame(0, index=range(6), columns=sorted(NAMES, key=str.lower))
    pd.concat([names, labels], axis=1).to_csv(root / "metadata.csv", index=False)

    assert read_celeba(root).attributes == NAMES


@pytest.mark.parametrize(
    ("column", "row", "value", "words"),
    [
        ("file_name", 2, "../2.jpg", "row 3: .* does not lie in the folder"),
        ("file_name", 2, "1.jpg", "row 3: 1.jpg is repeated"),
        ("file_name", 2, None, "row 3: file_name is empty"),
    ],
)
def test_wrong_rows_are_refused(tmp_path, column, row, value, words):
    root = make_folder(tmp_path / "faces") / "train"
    frame = pd.read_csv(root / "metadata.csv")
    frame.loc[row, column] = value
    frame.to_csv(root / "metadata.csv", index=False)

    with pytest.raises(DatasetError, match=words):
        read_celeba(root)


def test_a_column_that_is_asked_for_must_have_yes_and_no(tmp_path):
    root = make_folder(tmp_path / "faces") / "train"

    with pytest.raises(DatasetError, match=r"row 1 \(text\): is 'face 0.0', not -1, 0 or 1"):
        read_celeba(root, attributes=["text"])


def test_a_table_of_no_attributes_is_refused(tmp_path):
    root = make_folder(tmp_path / "faces") / "train"
    pd.read_csv(root / "metadata.csv")[["file_name", "text"]].to_csv(
        root / "metadata.csv", index=False
    )

    with pytest.raises(DatasetError, match="has 0 attributes"):
        read_celeba(root)


def test_pictures_of_the_same_name_are_excluded_by_their_folder(tmp_path):
    root = make_folder(tmp_path / "faces")
    (root / "test" / "0.jpg").write_bytes((root / "train" / "0.jpg").read_bytes())
    write_exclusions(inspect_faces(read_celeba(root), quiet=True), tmp_path / "exclude.txt")

    faces = Sources(folder=root, exclude=tmp_path / "exclude.txt").read()

    assert "train/0.jpg" not in faces.train.names
    assert "test/0.jpg" in faces.test.names


def test_pictures_that_are_missing_are_counted(tmp_path):
    root = make_folder(tmp_path / "faces")
    (root / "train" / "0.jpg").unlink()

    assert read_celeba(root).skipped == {"without a picture": 1}


def make_parquet(folder) -> None:
    folder.mkdir()
    for seed, (split, count) in enumerate(SPLITS.items()):
        frame = rows_of(count, seed).drop(columns="file_name")
        frame["image"] = [
            {"bytes": picture(100 * seed + row), "path": f"{row}.jpg"} for row in range(count)
        ]
        frame.to_parquet(folder / f"{split}-00000-of-00001.parquet")


def test_parquet_files_with_pictures_are_unpacked_into_an_image_folder(tmp_path):
    make_parquet(tmp_path / "data")
    with pytest.raises(DatasetError, match="unpack_parquet"):
        read_celeba(tmp_path / "data")

    call_command("unpack_parquet", str(tmp_path / "data"), "--output", str(tmp_path / "faces"))

    faces = read_celeba(tmp_path / "faces")
    assert faces.attributes == ("Grinning", "Bearded")
    assert [len(faces.partition(name)) for name in ("train", "valid", "test")] == [6, 3, 3]
    assert faces.files[0].read_bytes() == picture(0)
    assert Image.open(faces.files[0]).size == (64, 64)


@pytest.mark.parametrize("content", [b"no Parquet", None])
def test_what_is_no_parquet_file_leaves_nothing(tmp_path, content):
    (tmp_path / "data").mkdir()
    if content:
        (tmp_path / "data" / "train.parquet").write_bytes(content)

    with pytest.raises(CommandError) as error:
        call_command("unpack_parquet", str(tmp_path / "data"), "--output", str(tmp_path / "faces"))

    assert error.value.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
