"""Parquet files with pictures and labels, as data sets are handed out on Hugging Face.

They are unpacked once into an image folder. This needs pyarrow (`requirements-parquet.txt`).
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.data.image_folder import FILE_NAME, SPLITS
from ml.data.tables import DatasetError
from ml.files import replacing_folder

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 256  # at once: their pictures are held in memory
KINDS = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"RI": ".webp"}  # by a picture's first two bytes
FOLDERS = {"train": "train", "valid": "validation", "test": "test"}


def unpack(source: Path, output: Path) -> dict[str, int]:
    """Write an image folder with the pictures and labels of a Parquet file, or of a folder of them.

    A file's name, or that of its folder, begins with its partition: `train-00000-of-00002.parquet`.
    Without one, pictures lie in the output's top folder.

    Returns:
        How many pictures there are in each folder.

    Raises:
        DatasetError: pyarrow is not installed, or a file cannot be read or has no pictures.
        OSError: the output cannot be written.
    """
    files = sorted(source.rglob("*.parquet")) if source.is_dir() else [source]
    if not files:
        raise DatasetError(f"{source}: holds no Parquet file")
    counts: Counter[str] = Counter()
    with replacing_folder(output) as partial:
        for file in files:
            folder = _folder_of(file)
            (partial / folder).mkdir(exist_ok=True)
            with (partial / folder / "metadata.jsonl").open("a", encoding="utf-8") as metadata:
                for content, labels in _rows(file):
                    name = f"{counts[folder]:08d}{KINDS.get(content[:2], '.img')}"
                    (partial / folder / name).write_bytes(content)
                    metadata.write(json.dumps({FILE_NAME: name, **labels}) + "\n")
                    counts[folder] += 1
    return dict(counts)


def _folder_of(file: Path) -> str:
    for name in (file.name, file.parent.name):
        word = re.split(r"[-_.]", name.lower())[0]
        if word in SPLITS:
            return FOLDERS[SPLITS[word]]
    return "."


def _rows(file: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Each picture's bytes, and its labels."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DatasetError(
            f"{file}: needs pyarrow: `pip install -r requirements-parquet.txt`"
        ) from error
    try:
        table = pq.ParquetFile(file)
        picture = _picture_column(file, table.schema_arrow)
        labels = [field.name for field in table.schema_arrow if _is_label(field.type)]
        for batch in table.iter_batches(ROWS, columns=[picture, *labels]):
            for number, row in enumerate(batch.to_pylist()):
                yield _content(file, number, row.pop(picture)), row
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{file}: cannot be read: {str(error).splitlines()[0]}") from error


def _picture_column(file: Path, schema: "pa.Schema") -> str:
    import pyarrow.types as kinds

    for field in schema:
        if kinds.is_struct(field.type) and field.type.get_field_index("bytes") >= 0:
            return str(field.name)
        if kinds.is_binary(field.type) or kinds.is_large_binary(field.type):
            return str(field.name)
    raise DatasetError(f"{file}: has no column of pictures (bytes, or a struct with bytes)")


def _is_label(kind: "pa.DataType") -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_boolean(kind) or kinds.is_integer(kind))


def _content(file: Path, row: int, picture: Any) -> bytes:
    content = picture["bytes"] if isinstance(picture, dict) else picture
    if not content:
        raise DatasetError(f"{file}: row {row + 1} of a batch has no picture")
    return bytes(content)
