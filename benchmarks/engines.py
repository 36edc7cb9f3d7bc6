"""How fast the engines for a CPU answer, and how well: torch and ONNX Runtime, full and reduced.

    python -m benchmarks.engines --data-dir CELEBA [--threads 2] [--faces 32] [--rounds 5]

The default checkpoint, with its exported engine, answers for the test partition. The full VGG16
(head 4096-512, 150 pixels) has random weights, so only its speed says something. The engines take
turns, so that a busy machine slows all of them down; a speed is the median over the rounds, and
`ratio` the median of the ratios to torch in float32 within a round.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from ml.attributes import NAMES
from ml.data.celeba import load_faces, read_celeba
from ml.evaluation.metrics import evaluate
from ml.hardware.devices import on_device
from ml.networks.architectures import build_network
from ml.networks.checkpoint import ENGINE, read_config
from ml.networks.export import Sample, export_engine
from ml.networks.exported import ExportedEngine
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint, save_checkpoint

DEFAULT = Path("ml/checkpoints/default")
CPU = torch.device("cpu")
FULL = {"size": 150, "channels": 3, "width": 1.0, "head": [4096, 512]}
NOISE = 32  # faces of noise that the full network is calibrated on

Engines = dict[str, Callable[[np.ndarray], np.ndarray]]


def engines(checkpoint: Path, threads: int) -> Engines:
    """Torch's two ways, float32 exported here, and the checkpoint's own exported engine."""
    model, config = load_checkpoint(checkpoint)
    model = on_device(model, CPU)

    def by_torch(faces: np.ndarray) -> np.ndarray:
        return answer(model, config, torch.from_numpy(faces), CPU)

    def by_bfloat16(faces: np.ndarray) -> np.ndarray:
        with torch.autocast("cpu", torch.bfloat16):
            return by_torch(faces)

    found: Engines = {"torch float32": by_torch, "torch bfloat16": by_bfloat16}
    with tempfile.TemporaryDirectory() as room:
        copy = Path(room, "copy")
        save_checkpoint(copy, model, config)
        export_engine(copy)
        for folder in (copy, checkpoint):
            engine = ExportedEngine(folder / ENGINE, threads)
            found[f"ONNX {engine.facts['precision']}"] = engine
    return found


def full_network(folder: Path) -> None:
    """Write a checkpoint of the full VGG16 with random weights, and its engine in int8."""
    torch.manual_seed(0)
    config = {
        "architecture": "VGG16",
        "network": FULL,
        "thresholds": {name: {"yes": 0.5, "no": 0.5} for name in NAMES},
        "metrics": {},
    }
    save_checkpoint(folder, build_network("VGG16", **FULL), config)
    export_engine(folder, Sample(torch.from_numpy(noise(NOISE))))


def noise(count: int) -> np.ndarray:
    """Faces of noise for the full network."""
    shape = (count, FULL["channels"], FULL["size"], FULL["size"])
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def speeds(engines: Engines, faces: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """Faces a second of each engine, round by round."""
    found: dict[str, list[float]] = {name: [] for name in engines}
    for engine in engines.values():
        engine(faces[:2])
    for _ in range(rounds):
        for name, engine in engines.items():
            started = time.perf_counter()
            engine(faces)
            found[name].append(len(faces) / (time.perf_counter() - started))
    return found


def report(title: str, found: dict[str, list[float]], metrics: dict[str, dict[str, float]]) -> None:
    """Print a line for each engine."""
    print(f"\n{title:<34}{'faces/s':>9}{'ratio':>7}{'accuracy':>10}{'mAP':>8}")
    for name, own in found.items():
        ratio = statistics.median(a / b for a, b in zip(own, found["torch float32"], strict=True))
        line = f"{name:<34}{statistics.median(own):>9.1f}{ratio:>7.2f}"
        if name in metrics:
            accuracy, precision = (
                metrics[name][key] for key in ("accuracy", "mean_average_precision")
            )
            line += f"{accuracy:>10.4f}{precision:>8.4f}"
        print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2, help="of each engine")
    parser.add_argument("--faces", type=int, default=32, help="faces a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"{options.threads} threads, torch {torch.__version__}")

    test, network = read_celeba(options.data_dir).partition("test"), read_config(DEFAULT)["network"]
    pixels = load_faces(test, network["size"], network["channels"], quiet=True)
    faces, found = np.ascontiguousarray(pixels.numpy()), engines(DEFAULT, options.threads)
    times = speeds(found, faces[: options.faces], options.rounds)
    metrics = {name: evaluate(engine(faces), test.targets) for name, engine in found.items()}
    report(f"the default, {len(test)} test faces", times, metrics)

    with tempfile.TemporaryDirectory() as room:
        full_network(Path(room, "full"))
        found = engines(Path(room, "full"), options.threads)
    times = speeds(found, noise(options.faces), options.rounds)
    report("full VGG16, 150 pixels", times, {})


if __name__ == "__main__":
    main()
