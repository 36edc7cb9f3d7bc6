"""The full VGG16 at 150 x 150 on a GPU: faces a second, share of the peak, wait for input.

    python -m benchmarks.gpu [--architecture VGG16] [--size 150] [--batch-size 512] [--steps 100]
        [--warm-up 20] [--no-compile]

Runs the project's trainer on faces of noise. The peak is that of a large bf16 matrix product,
measured in the same run. On a machine without a GPU it measures the CPU.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.figures import compared, parser, report
from ml.hardware.devices import best_dtype
from ml.hardware.distributed import Group, default_device
from ml.hardware.throughput import measured_peak, training_flops
from ml.networks.architectures import build_network
from ml.training.batches import Faces
from ml.training.settings import Settings
from ml.training.trainer import Trainer


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--architecture", default="VGG16")
    arguments.add_argument("--size", type=int, default=150)
    arguments.add_argument("--width", type=float, default=1.0)
    arguments.add_argument("--batch-size", type=int, default=512)
    arguments.add_argument("--steps", type=int, default=100)
    arguments.add_argument("--warm-up", type=int, default=20, help="steps before the clock starts")
    arguments.add_argument("--optimizer", default="adamw")
    arguments.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    options = vars(arguments.parse_args())
    steps, warm_up, file = (options.pop(name) for name in ("steps", "warm_up", "json"))
    device = default_device()
    settings = Settings(head=(4096, 512), epochs=2, **options)
    peak = measured_peak(device)
    with tempfile.TemporaryDirectory() as folder:
        speed, waited = measure(settings, (warm_up, steps), device, Path(folder))
    model = build_network(settings.architecture, **settings.network)
    used = speed * training_flops(model, settings.size, settings.channels)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    dtype = str(best_dtype(device)).removeprefix("torch.")
    print(f"{settings.architecture} {settings.size} x {settings.size}, {dtype}, {name}")
    print(f"{speed:,.1f} faces/s; waiting for input: {waited:.2%} of the time")
    own, limit = [used / 1e12], [peak / 1e12]
    what = f"training {settings.architecture}, {settings.size} pixels, {dtype}"
    report([compared(what, "TFLOP/s", own, "matrix product", limit)], file)


def measure(
    settings: Settings, steps: tuple[int, int], device: torch.device, folder: Path
) -> tuple[float, float]:
    """Faces a second, and the share of the time spent waiting for input."""
    warm_up, timed = steps
    count = sum(steps) * settings.batch_size
    shape = (count, settings.size, settings.size, settings.channels)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8).permute(0, 3, 1, 2)
    faces = Faces(pixels, torch.randint(0, 2, (count, 40)).float())
    model = build_network(settings.architecture, **settings.network)
    group = Group(0, 1, device)
    trainer = Trainer(model, settings, faces, faces, group=group, folder=folder, data={})
    trainer.train_steps(warm_up)
    trainer.batches.waited, started = 0.0, time.perf_counter()
    trainer.train_steps(timed)
    seconds = time.perf_counter() - started
    return timed * settings.batch_size / seconds, trainer.batches.waited / seconds


if __name__ == "__main__":
    main()
