"""Image folders, as `load_dataset("imagefolder")` of Hugging Face's datasets reads them.

A table `metadata.csv`, `.jsonl` or `.parquet` names a picture in each row (`file_name`) and has a
column for each attribute, of 0 and 1, -1 and 1, or false and true. It lies in the folder, or there
is one in each folder of a partition: `train`, `validation`, `test`. Columns of other values are
passed over.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from ml.attributes import NAMES
from ml.data.tables import PARTITIONS, DatasetError, Table, choose_attributes

FILE_NAME = "file_name"
KINDS = (".csv", ".jsonl", ".parquet")
SPLITS = {  # what folders of a partition are called, and which one that is
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
    "eval": "test",
}


def find_metadata(root: Path) -> list[Path]:
    """The tables of an image folder; none if it is not one."""
    folders = [root, *(root / name for name in SPLITS)]
    found = (folder / f"metadata{kind}" for folder in folders for kind in KINDS)
    return [path for path in found if path.is_file()]


def read_metadata(
    root: Path, tables: Sequence[Path], attributes: Sequence[str] | None
) -> tuple[Table, np.ndarray | None]:
    """The labels by path below `root`, and the numbers of their partitions, (N,) uint8.

    There are no numbers if the folders are not named after partitions.

    Raises:
        DatasetError: a table is malformed, or has none of the attributes.
    """
    frames = [_read(path, root) for path in tables]
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True, join="inner")
    place = ", ".join(str(path) for path in tables)
    names = frame.pop(FILE_NAME).tolist()
    if not names:
        raise DatasetError(f"{place}: holds no rows")
    _check_names(place, names)
    wanted = attributes or NAMES
    binary = [name for name in frame if name in wanted or _is_binary(frame[name])]
    chosen = choose_attributes(place, binary, attributes)
    values = np.column_stack([_values(place, frame[name]) for name in chosen])
    if (values < 0).any() and (values == 0).any():
        raise DatasetError(f"{place}: writes both -1 and 0 for no; use one of them throughout")
    labels = Table(tables[0], names, (values > 0).astype(np.uint8), 1, chosen)
    return labels, _partitions(names)


def _read(path: Path, root: Path) -> pd.DataFrame:
    try:
        frame = _read_frame(path)
    except ImportError as error:
        raise DatasetError(
            f"{path}: needs pyarrow: `pip install -r requirements-parquet.txt`"
        ) from error
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from error
    if FILE_NAME not in frame:
        raise DatasetError(f"{path}: has no column {FILE_NAME}")
    if frame[FILE_NAME].isna().any():
        row = int(frame[FILE_NAME].isna().argmax())
        raise DatasetError(f"{path}: row {row + 1}: {FILE_NAME} is empty")
    below = path.parent.relative_to(root)
    frame[FILE_NAME] = [str(PurePosixPath(below, str(name))) for name in frame[FILE_NAME]]
    return frame


def _read_frame(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype={FILE_NAME: str})
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True, dtype=False)
    return pd.read_parquet(path)


def _check_names(place: str, names: Sequence[str]) -> None:
    seen = set()
    for row, name in enumerate(names, 1):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not name.isprintable():
            raise DatasetError(f"{place}: row {row}: {name!r} does not lie in the folder")
        if name in seen:
            raise DatasetError(f"{place}: row {row}: {name} is repeated")
        seen.add(name)


def _is_binary(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and column.isin([-1, 0, 1]).all())


def _values(place: str, column: pd.Series) -> np.ndarray:
    """(N,) int8 of -1, 0 and 1; DatasetError for anything else."""
    is_wrong = ~column.isin([-1, 0, 1]).to_numpy()
    if is_wrong.any():
        row = int(is_wrong.argmax())
        raise DatasetError(
            f"{place}: row {row + 1} ({column.name}): is {column.iloc[row]!r}, not -1, 0 or 1"
        )
    values: np.ndarray = column.to_numpy().astype(np.int8)
    return values


def _partitions(names: Sequence[str]) -> np.ndarray | None:
    """The partition of each picture by the first folder of its path; None if that is no such."""
    splits = [SPLITS.get(PurePosixPath(name).parts[0]) for name in names]
    if None in splits:
        return None
    return np.array([PARTITIONS[split] for split in splits if split], dtype=np.uint8)
