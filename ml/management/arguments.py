"""Arguments that commands of training and evaluation share."""

from argparse import ArgumentParser
from pathlib import Path


def add_data_arguments(parser: ArgumentParser, *, required: bool = True) -> None:
    """Say which data set, and how much of it."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        required=required,
        help="a folder in CelebA's layout, or an image folder",
        metavar="FOLDER",
    )
    parser.add_argument("--partitions", type=Path, metavar="FILE", help="another partition file")
    parser.add_argument(
        "--exclude", type=Path, metavar="FILE", help="a list of pictures to leave out"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress bars")


def add_run_arguments(parser: ArgumentParser, cache: Path) -> None:
    """Say where a run writes, and how it begins, continues and reports."""
    parser.add_argument(
        "--output", type=Path, required=True, help="folder of the checkpoint", metavar="FOLDER"
    )
    parser.add_argument(
        "--rows", type=int, metavar="N", help="use N training faces, drawn at random by --seed"
    )
    add_attributes_argument(parser)
    parser.add_argument(
        "--also",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="add the train partitions of these folders in CelebA's layout",
    )
    parser.add_argument(
        "--cache-dir", type=Path, default=cache, metavar="FOLDER", help="for decoded faces"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings in JSON, or a checkpoint's config"
    )
    interrupted = parser.add_mutually_exclusive_group()
    interrupted.add_argument(
        "--resume",
        action="store_true",
        help="continue an interrupted run; it knows its own data and settings",
    )
    interrupted.add_argument("--restart", action="store_true", help="drop an interrupted run")
    parser.add_argument(
        "--force", action="store_true", help="resume even if data or settings have changed"
    )
    parser.add_argument(
        "--snapshot-seconds",
        type=float,
        default=120.0,
        metavar="N",
        help="time between two snapshots; default 120",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what the run would take, and write nothing"
    )
    parser.add_argument(
        "--find-rate",
        action="store_true",
        help="only try 200 steps at growing learning rates, and suggest one",
    )
    parser.add_argument(
        "--tracker", default="", metavar="NAME", help="tell tensorboard, trackio or mlflow too"
    )
    parser.add_argument(
        "--tensorboard",
        action="store_const",
        const="tensorboard",
        dest="tracker",
        help="the same as --tracker tensorboard",
    )


def add_attributes_argument(parser: ArgumentParser) -> None:
    """Say which columns of the labels are the attributes."""
    parser.add_argument(
        "--attributes",
        nargs="+",
        default=[],
        metavar="NAME",
        help="the columns of the labels to learn, 1 to 200; default: all",
    )
