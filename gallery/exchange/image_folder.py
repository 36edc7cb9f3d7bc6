"""Faces as an image folder, which `load_dataset` of Hugging Face's datasets reads."""

from collections.abc import Iterator

from gallery.exchange.aligned import TEST, TRAIN, VALID, labels_of, partition_of
from gallery.exchange.data_set import Layout
from gallery.exchange.json_lines import as_line
from gallery.exchange.rows import Decide, FaceRow, by_name

SPLITS = {TRAIN: "train", VALID: "validation", TEST: "test"}
README = """\
---
pretty_name: Faces from CelebAttr
task_categories:
- image-classification
---

{faces} aligned faces, 178 wide and 218 high, with 40 attributes each: 1 yes, 0 no.

    from datasets import load_dataset
    faces = load_dataset("imagefolder", data_dir="FOLDER")

`train`, `validation` and `test` have 80, 10 and 10 % of the photos, by a hash of each. `photo` and
`face` are ids, `corrections` are people's answers. `card.json` says when this was made, from which
filter and with which model.

Labels are people's answers where there are any, else the decisions of {model} (where it is unsure,
the more likely one). {skipped} faces were left out: their picture is missing or damaged, or no face
was found in it and nobody answered about it.
"""


def _split(row: FaceRow) -> str:
    return SPLITS[partition_of(row.sha256)]


def _describe(row: FaceRow, name: str, decisions: Decide) -> Iterator[tuple[str, str]]:
    # JSON, not CSV: the types of columns would be guessed, for each split anew.
    line = as_line(
        file_name=name,
        **by_name(int(label > 0) for label in labels_of(row, decisions)),
        photo=str(row.photo),
        face=str(row.face),
        file=row.file,
        corrections=row.corrections(),
    )
    yield f"{_split(row)}/metadata.jsonl", line


IMAGE_FOLDER = Layout(
    headers={},
    folder=_split,
    describe=_describe,
    readme=("README.md", README),
)
