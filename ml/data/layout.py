"""Where the tables and the pictures of a data set lie: CelebA's own folders and those of others.

CelebA itself hands out `Anno/`, `Eval/` and `Img/`; Kaggle puts all into one folder, and the
pictures into two; torchvision makes a folder `celeba`. Pictures are `.jpg`, or `.png` under the
same names.
"""

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from ml.data.tables import DatasetError

LABELS, EVAL_PARTITION, KNOWN = "list_attr_celeba", "list_eval_partition", "list_known_celeba"
IDENTITIES = "identity_CelebA"
ENDINGS = (".csv", ".txt")  # the first one is preferred
OWN = ("Anno", "Eval", "Img")  # CelebA's folders
# Kaggle's archive nests the folder twice, and torchvision's once. Data sets of one's own vary.
IMAGE_FOLDERS = (
    "img_align_celeba/img_align_celeba",
    "img_align_celeba",
    "img_align_celeba_png/img_align_celeba_png",
    "img_align_celeba_png",
    "images",
    "",
)
ARCHIVES = (".zip", ".7z", ".7z.001", ".tar", ".gz")


def find_home(root: Path) -> tuple[Path, Path]:
    """The folder that holds the labels, or CelebA's own folders with them; and the labels.

    It is the one given, `celeba` in it, the one around it where it is one of CelebA's own, or the
    only data set in it.

    Raises:
        DatasetError: there is none, or more than one.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder")
    around = [root.absolute().parent] if root.name in OWN else []
    for home in (*around, root, root / "celeba"):
        if labels := find_table(home, LABELS):
            return home, labels
    homes = [(home, labels) for home in _folders_in(root) if (labels := find_table(home, LABELS))]
    if len(homes) > 1:
        names = ", ".join(home.name for home, _ in homes[:5])
        raise DatasetError(f"{root}: holds several data sets ({names}): name one of them")
    if homes:
        return homes[0]
    raise DatasetError(
        f"{root}: holds neither {LABELS}.csv nor {LABELS}.txt, nor metadata.csv, .jsonl or "
        f".parquet{_similar(root, LABELS)}{_parquet(root)}"
    )


def find_table(home: Path, stem: str) -> Path | None:
    """The table of that name, in the folder or in CelebA's own."""
    for folder in (home, *(home / name for name in OWN)):
        for ending in ENDINGS:
            if (path := folder / f"{stem}{ending}").is_file():
                return path
    return None


def find_optional_table(home: Path, stem: str) -> Path | None:
    """The same for a table that need not be there.

    Raises:
        DatasetError: a file has nearly its name, and would be overlooked.
    """
    path = find_table(home, stem)
    if path is None and (similar := _similar(home, stem)):
        raise DatasetError(f"{home}: holds no {stem}.csv or {stem}.txt{similar}")
    return path


def find_pictures(home: Path, labels: Path, names: Sequence[str]) -> tuple[Path, dict[str, str]]:
    """The folder of the pictures, and which file in it has the picture of each name.

    Raises:
        DatasetError: none of the pictures is there.
    """
    for folder in (base / name for base in (home, home / "Img") for name in IMAGE_FOLDERS):
        if folder.is_dir() and (files := _files_of(names, set(os.listdir(folder)))):
            return folder, files
    archive = next((file for file in _files_in(home) if file.name.endswith(ARCHIVES)), None)
    advice = f"; unpack {archive} first" if archive else ""
    raise DatasetError(
        f"{home / 'img_align_celeba'}: holds none of the {len(names)} pictures named in "
        f"{labels}{advice}"
    )


def _files_of(names: Sequence[str], on_disk: set[str]) -> dict[str, str]:
    if files := {name: name for name in names if name in on_disk}:
        return files
    others = ((name, f"{name.rpartition('.')[0]}.png") for name in names)
    return {name: other for name, other in others if other in on_disk}


def _similar(home: Path, stem: str) -> str:
    """Words about a file that has nearly the name of a table, if there is one."""
    files = {file.name.lower(): file for file in _files_in(home)}
    near = [name for name in files if name.startswith(stem)]
    near += get_close_matches(f"{stem}.csv", files, n=1, cutoff=0.8)
    if not near:
        return ""
    file = files[near[0]]
    ending = ".csv" if ".csv" in near[0] else ".txt"
    return f", but {file.relative_to(home)}: rename it to {stem}{ending}"


def _parquet(root: Path) -> str:
    if next(root.rglob("*.parquet"), None) is None:
        return ""
    return "; `manage.py unpack_parquet` takes pictures and labels out of Parquet files"


def _files_in(home: Path) -> Iterator[Path]:
    """The files in the folder and in CelebA's own."""
    for folder in (home, *(home / name for name in OWN)):
        if folder.is_dir():
            yield from sorted(path for path in folder.iterdir() if path.is_file())


def _folders_in(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir())
