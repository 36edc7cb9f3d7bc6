"""python -m ml.batch: the faces of a folder or a bucket, and their 40 probabilities, as Parquet."""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from ml.batch.cluster import Cluster, done, joined
from ml.batch.output import LOCK, Output, OutputError
from ml.batch.sources import BUCKET, Source, SourceError, digest, list_files, open_source
from ml.batch.worker import Work
from ml.engine import load_engine
from ml.faces import proposals, verifier
from ml.faces.detectors import load_detector
from ml.files import locked
from ml.hardware.interruption import heeded
from ml.networks.checkpoint import CONFIG, ENGINE, CheckpointError, file_sha256

FORMAT = 1  # of the output; goes up when a run can no longer go on with an older one
DEFAULT = Path(__file__).parent.parent / "checkpoints/default"
SHARD = 1000
COMPLETE, INCOMPLETE, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    output = Output(options.output)
    try:
        _check_apart(options)
        source = open_source(options.source)
        files = list_files(source)
        about = _about(options, source, files)
        with locked(options.output / LOCK, wait=False):
            output.begin(about)
            return _run(options, source, files, output)
    except SourceError as error:
        _say(f"{options.source}: {error}")
    except (OutputError, CheckpointError, OSError) as error:
        _say(str(error))
    except KeyboardInterrupt:
        _say("Interrupted. Run the same command again to go on.")
        return INTERRUPTED
    return WRONG_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.batch", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", help="a folder, or s3://bucket/prefix")
    parser.add_argument("output", type=Path, metavar="OUT.parquet", help="a folder for the tables")
    parser.add_argument("--checkpoint", type=Path, default=DEFAULT, metavar="FOLDER")
    parser.add_argument("--yunet", type=Path, metavar="FILE", help="find faces with YuNet instead")
    parser.add_argument("--workers", type=_count, metavar="N", help="default: one for each core")
    parser.add_argument(
        "--gpus", type=float, default=0, metavar="SHARE", help="of a GPU, for each worker: 0.1"
    )
    parser.add_argument("--address", help="of a running Ray cluster: 10.0.0.1:6379")
    parser.add_argument(
        "--shard", type=_count, default=SHARD, metavar="N", help=f"files a part; default {SHARD}"
    )
    parser.add_argument(
        "--retry", action="store_true", help="do parts again that have unreadable files"
    )
    return parser


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def _check_apart(options: argparse.Namespace) -> None:
    """Raise OutputError if the tables would lie among the files."""
    if options.source.startswith(BUCKET):
        return
    if options.output.resolve().is_relative_to(Path(options.source).resolve()):
        raise OutputError(f"{options.output}: lies in {options.source}; choose a folder outside")


def _about(options: argparse.Namespace, source: Source, files: pa.Table) -> dict[str, Any]:
    """What the run is about: whatever its numbers depend on.

    Raises:
        CheckpointError: the checkpoint cannot be used.
        OSError: YuNet's file cannot be used.
    """
    runtime = load_engine(options.checkpoint).runtime
    detector = load_detector(options.yunet).name
    networks = [options.yunet] if options.yunet else [proposals.FILE]
    return {
        "format": FORMAT,
        "source": source.name,
        "files": digest(files),
        "shard": options.shard,
        "model": file_sha256(options.checkpoint / CONFIG),
        "engine": [runtime, options.gpus > 0, *_hashes([options.checkpoint / ENGINE])],
        "detector": [detector, *_hashes([*networks, verifier.FILE])],
    }


def _hashes(files: Iterable[Path]) -> list[str]:
    return [file_sha256(file) for file in files if file.exists()]


def _run(options: argparse.Namespace, source: Source, files: pa.Table, output: Output) -> int:
    """Do the shards that are missing. Returns the exit code."""
    if options.retry:
        output.forget_unreadable()
    count = -(-len(files) // options.shard)
    missing = output.missing(count)
    if missing:
        cluster = Cluster(options.workers, options.gpus, options.address)
        _do(_work(options, source), files, missing, output, cluster)
    return _conclude(files, count, output)


def _work(options: argparse.Namespace, source: Source) -> Work:
    yunet = options.yunet and options.yunet.resolve()
    return Work(source, options.shard, options.checkpoint.resolve(), yunet)


def _do(work: Work, files: pa.Table, missing: list[int], output: Output, cluster: Cluster) -> None:
    ends = heeded()
    with joined(cluster, files):
        for number in ends:  # after Ray, which sets its own
            signal.signal(number, signal.default_int_handler)
        started = time.monotonic()
        for number, row in enumerate(done(work, files, missing, cluster), 1):
            output.store(row["shard"], row["faces"], row["unreadable"])
            speed = number * work.shard / (time.monotonic() - started)
            _say(f"{number} of {len(missing)} parts, {speed:.1f} files/s")


def _conclude(files: pa.Table, count: int, output: Output) -> int:
    """Say what there is now, and name what could not be read."""
    missing, unreadable = output.missing(count), 0
    for number in range(count):
        for failure in output.unreadable(number):
            _say(f"{failure.file}: {failure.reason}")
            unreadable += 1
    _say(f"{len(files)} files: {count - len(missing)} of {count} parts, {unreadable} unreadable")
    if missing:
        _say(f"Parts {missing[0]} ... are missing, because their workers died or failed.")
    return INCOMPLETE if missing or unreadable else COMPLETE


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
