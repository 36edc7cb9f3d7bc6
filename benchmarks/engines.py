"""How fast the engines for a CPU answer, and how well: torch and ONNX Runtime, full and reduced.

    python -m benchmarks.engines [--data-dir CELEBA] [--threads 2] [--faces 32] [--rounds 5]

The default checkpoint, with its exported engine, answers for the test partition; without CELEBA,
for noise, which says nothing of accuracy. The full VGG16 (head 4096-512, 150 pixels) has random
weights, so only its speed says something. The rival is torch in float32. The engines take turns, so
that a busy machine slows all of them down.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.figures import Figure, compared, parser, report
from ml.attributes import NAMES
from ml.data.celeba import FaceSet, load_faces, read_celeba
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
RIVAL, SLOWEST = "torch float32", "torch bfloat16"
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

    found: Engines = {RIVAL: by_torch, SLOWEST: by_bfloat16}
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
    export_engine(folder, Sample(torch.from_numpy(noise(NOISE, FULL))))


def noise(count: int, network: dict[str, Any]) -> np.ndarray:
    """Faces of noise for a network, (count, C, S, S) uint8."""
    shape = (count, network["channels"], network["size"], network["size"])
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


def against_torch(title: str, found: dict[str, list[float]]) -> Iterator[Figure]:
    """The speed of each engine, beside that of torch in float32."""
    for name, own in found.items():
        if name != RIVAL:
            yield compared(f"{title}, {name}", "faces/s", own, RIVAL, found[RIVAL])


def agreement(found: Engines, test: FaceSet, pixels: np.ndarray) -> Iterator[Figure]:
    """How well each engine answers for the test partition."""
    metrics = {name: evaluate(engine(pixels), test.targets) for name, engine in found.items()}
    for name in found:
        for key in ("accuracy", "mean_average_precision"):
            if name != RIVAL:
                own, other = ([100 * metrics[side][key]] for side in (name, RIVAL))
                what = f"{key.replace('_', ' ')} of the default, {name}"
                yield compared(what, "%", own, RIVAL, other)


def full(threads: int, faces: int, rounds: int) -> Iterator[Figure]:
    """The speed of each engine with the full VGG16."""
    with tempfile.TemporaryDirectory() as room:
        full_network(Path(room))
        found = engines(Path(room), threads)
    times = speeds(found, noise(faces, FULL), rounds)
    return against_torch("full VGG16, 150 pixels", times)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--data-dir", type=Path)
    arguments.add_argument("--threads", type=int, default=2, help="of each engine")
    arguments.add_argument("--faces", type=int, default=32, help="faces a round")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="no bfloat16, and no full VGG16")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    print(f"{options.threads} threads, torch {torch.__version__}")
    network, found = read_config(DEFAULT)["network"], engines(DEFAULT, options.threads)
    if options.quick:
        del found[SLOWEST]
    figures: list[Figure] = []
    pixels = noise(options.faces, network)
    if options.data_dir:
        test = read_celeba(options.data_dir).partition("test")
        loaded = load_faces(test, network["size"], network["channels"], quiet=True)
        pixels = np.ascontiguousarray(loaded.numpy())
        figures += agreement(found, test, pixels)
    times = speeds(found, pixels[: options.faces], options.rounds)
    figures += against_torch("default", times)
    if not options.quick:
        figures += full(options.threads, options.faces, options.rounds)
    report(figures, options.json)


if __name__ == "__main__":
    main()
