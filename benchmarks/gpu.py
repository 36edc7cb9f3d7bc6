"""Training the full VGG16 on a GPU: its speed at several batch sizes, then all of a run.

    python -m benchmarks.gpu [--batch-sizes 512 64 1024 256 128] [--timed 50000]
        [--faces 162770] [--epochs 2] [--seconds 480] [--quick]

First the trainer alone, on noise: faces a second, the share of the peak, and how long it waits
for input. The peak is that of a large bf16 matrix product, measured in the same run. Then a whole
run on drawn faces: reading and decoding, compiling, an epoch, a validation, snapshots, and what a
run leaves; `--faces 0` leaves that out. Batch sizes for which `--seconds` have no room beside the
run are left out; the first one never is. `--quick` trains a tiny network, for a CPU and for
tests; ask for few faces, too. On a machine without a GPU it measures the CPU.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.figures import Figure, as_text, compared, parser, report
from ml.data.celeba import PARTITIONS
from ml.data.synthetic import draw_celeba
from ml.hardware.devices import best_dtype
from ml.hardware.distributed import Group, default_device
from ml.hardware.interruption import Interruption
from ml.hardware.throughput import measured_peak, training_flops
from ml.networks.architectures import build_network
from ml.training.batches import Faces
from ml.training.data import Sources
from ml.training.results import write_results
from ml.training.settings import Settings
from ml.training.trainer import Trainer

DRAWN = 2000  # faces that differ; the rest are files with the same picture, which takes as long
WARM_UP = 3  # steps, the first of which compiles
FOR_A_SIZE = 45.0  # seconds that a batch size may take, compiling included
FOR_THE_RUN = 210.0  # seconds that the whole run may take
EPOCHS = 20  # for which the time of a run is estimated
QUICK: dict[str, Any] = {"size": 32, "width": 1 / 16, "head": (16,)}


@dataclass(frozen=True)
class Speed:
    """Training at one batch size."""

    batch_size: int
    faces_per_second: float
    waited: float  # share of the time
    warm_up: float  # seconds

    def __str__(self) -> str:
        return (
            f"batches of {self.batch_size}: {self.faces_per_second:,.0f} faces/s; waiting for "
            f"input: {self.waited:.2%} of the time; {self.warm_up:.1f} s to warm up"
        )


def speed(settings: Settings, timed: int, device: torch.device) -> Speed:
    """The trainer's speed on about so many faces of noise."""
    steps = max(1, timed // settings.batch_size)
    count = (WARM_UP + steps) * settings.batch_size
    shape = (count, settings.size, settings.size, settings.channels)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8, device=device).permute(0, 3, 1, 2)
    faces = Faces(pixels, torch.randint(0, 2, (count, 40)).float())
    few = Faces(pixels[:1].cpu(), faces.targets[:1])
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        trainer = _trainer(settings, faces, few, device, Path(folder))
        trainer.train_steps(WARM_UP)
        warm_up = time.perf_counter() - started
        trainer.batches.waited, started = 0.0, time.perf_counter()
        trainer.train_steps(steps)
        seconds = time.perf_counter() - started
    return Speed(
        settings.batch_size,
        steps * settings.batch_size / seconds,
        trainer.batches.waited / seconds,
        warm_up,
    )


def whole_run(
    settings: Settings, faces: int, device: torch.device, folder: Path
) -> dict[str, float]:
    """The seconds of each part of a run on so many training faces, and an eighth for valid."""
    parts, clock = {}, _Clock()
    draw(folder, faces)
    parts["drawing faces, which is no part of a run"] = clock.lap()
    alone = Group(0, 1, device)
    data = Sources(folder=folder / "all").read().hashed(alone, quiet=True)
    parts["reading labels and files"] = clock.lap()
    train, valid = data.decode(settings.size, settings.channels, folder, alone, quiet=True)
    parts["decoding"] = clock.lap()
    trainer = _trainer(settings, train, valid, device, folder / "run", snapshot_seconds=5)
    with Interruption() as interruption:
        trained = trainer.run(interruption, lambda history: None, quiet=True)
    run, (first, *_, last) = clock.lap(), trainer.history
    epoch = len(train) / last["faces_per_second"]
    parts["compiling and allocating, in the first epoch"] = first["seconds"] - last["seconds"]
    parts["an epoch's steps"] = epoch
    parts["a validation"] = last["seconds"] - epoch
    # All that lies between epochs, with snapshots every five seconds, and the wait for the last.
    parts["snapshots"] = run - sum(row["seconds"] for row in trainer.history)
    write_results(folder / "made", trained, trainer, {})
    parts["metrics, plots and the engine for CPUs"] = clock.lap()
    # The history's seconds are rounded, so that a difference may fall below 0.
    return {name: max(0.0, seconds) for name, seconds in parts.items()}


def estimate(parts: dict[str, float]) -> float:
    """Seconds of a run of EPOCHS epochs."""
    _, *once = parts.values()  # without drawing
    repeated = parts["an epoch's steps"] + parts["a validation"]
    return sum(once) + (EPOCHS - 1) * repeated  # one of each is among those of once


def draw(root: Path, faces: int) -> None:
    """Write a data set of so many training faces and an eighth as many valid ones.

    Beyond the first DRAWN, pictures come again in files that differ by what follows the picture.
    """
    count = faces + faces // 8
    drawn = min(DRAWN, count)
    draw_celeba(root / "drawn", drawn, quiet=True)
    labels = pd.read_csv(root / "drawn" / "list_attr_celeba.csv", index_col=0)
    pictures = [(root / "drawn" / "img_align_celeba" / name).read_bytes() for name in labels.index]
    folder = root / "all" / "img_align_celeba"
    folder.mkdir(parents=True)
    names = [f"{number:06d}.jpg" for number in range(1, count + 1)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(pictures[number % drawn] + str(number).encode())
    again = labels.iloc[np.arange(count) % drawn].set_axis(pd.Index(names, name="image_id"))
    again.to_csv(root / "all" / "list_attr_celeba.csv")
    partitions = np.where(np.arange(count) < faces, PARTITIONS["train"], PARTITIONS["valid"])
    table = pd.DataFrame({"partition": partitions}, index=again.index)
    table.to_csv(root / "all" / "list_eval_partition.csv")


class _Clock:
    """Tells the seconds since it was last asked."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        return passed


def _trainer(
    settings: Settings,
    train: Faces,
    valid: Faces,
    device: torch.device,
    folder: Path,
    snapshot_seconds: float = 1e9,
) -> Trainer:
    return Trainer(
        build_network(settings.architecture, **settings.network),
        settings,
        train,
        valid,
        group=Group(0, 1, device),
        folder=folder,
        data={},
        snapshot_seconds=snapshot_seconds,
    )


def speeds(
    settings: Settings, sizes: Sequence[int], timed: int, device: torch.device, until: float
) -> Iterator[Speed]:
    """The speed at each batch size, as long as there is time."""
    for at, size in enumerate(sizes):
        if at and time.monotonic() + FOR_A_SIZE > until:
            print(f"batches of {size} and the rest: left out, for want of time", flush=True)
            return
        found = speed(replace(settings, batch_size=size), timed, device)
        print(found, flush=True)
        yield found


def as_figures(found: Sequence[Speed], settings: Settings, peak: float) -> Iterator[Figure]:
    """Each speed beside the peak."""
    model = build_network(settings.architecture, **settings.network)
    work = training_flops(model, settings.size, settings.channels)
    name = f"{settings.architecture}, {settings.size} pixels"
    for each in found:
        used = [each.faces_per_second * work / 1e12]
        what = f"training {name}, batches of {each.batch_size}"
        yield compared(what, "TFLOP/s", used, "matrix product", [peak / 1e12])


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--batch-sizes", type=int, nargs="+", default=[512, 64, 1024, 256, 128])
    arguments.add_argument("--timed", type=int, default=50_000, help="faces, at each batch size")
    arguments.add_argument("--faces", type=int, default=162_770, help="of the whole run; 0: none")
    arguments.add_argument("--epochs", type=int, default=2, help="of the whole run, at least 2")
    arguments.add_argument("--seconds", type=float, default=480, help="that all of it may take")
    arguments.add_argument("--size", type=int, default=150)
    arguments.add_argument("--batch-norm", action=argparse.BooleanOptionalAction, default=False)
    arguments.add_argument("--optimizer", default=Settings().optimizer)
    arguments.add_argument("--compile", default="auto")
    arguments.add_argument("--quick", action="store_true", help="a tiny network, for a CPU")
    options = arguments.parse_args()
    until, device = time.monotonic() + options.seconds, default_device()
    settings = Settings(
        width=1.0,
        head=(4096, 512),
        epochs=options.epochs,
        size=options.size,
        batch_norm=options.batch_norm,
        optimizer=options.optimizer,
        compile=options.compile,
    )
    if options.quick:
        settings = replace(settings, **QUICK)
    peak = measured_peak(device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    dtype = str(best_dtype(device)).removeprefix("torch.")
    print(f"{name}: {peak / 1e12:,.2f} TFLOP/s in {dtype}", flush=True)
    reserved = FOR_THE_RUN if options.faces else 0.0
    found = list(speeds(settings, options.batch_sizes, options.timed, device, until - reserved))
    if options.faces:
        whole = replace(settings, batch_size=options.batch_sizes[0])
        with tempfile.TemporaryDirectory() as folder:
            parts = whole_run(whole, options.faces, device, Path(folder))
        parts[f"{EPOCHS} epochs, from labels to checkpoint, estimated"] = estimate(parts)
        rows = [(what, f"{seconds:.1f} s") for what, seconds in parts.items()]
        print(f"\nA run on {options.faces:,} faces:\n{as_text(rows)}\n")
    report(as_figures(found, settings, peak), options.json)


if __name__ == "__main__":
    main()
