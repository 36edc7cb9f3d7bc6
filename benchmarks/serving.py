"""How fast the engine serves: faces a second, its share of the peak, photos a second.

    python -m benchmarks.serving [--checkpoint DIR] [--photos DIR] [--threads 0 1 2 4] [--count 200]

On a GPU if there is one, else on the CPU by ONNX Runtime.

First the engine alone, for each number of faces at once, with its share of the peak of a large
matrix product, which is measured in the same run. Then the pipeline, from a photo's bytes to the
probabilities of its faces, with so many threads that decode and find faces ahead (0: none), and
the share of the time in which the engine computed: near 100% it bounds the pipeline, else finding
faces does. Without --photos, photos of 1024 pixels with drawn faces are used.
"""

import io
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import torch

from benchmarks.figures import Figure, compared, parser, report
from ml.data.drawing import draw_face
from ml.engine import Engine, load_engine
from ml.faces.boxes import Sighting
from ml.faces.detectors import find_and_crop, load_detector
from ml.hardware.distributed import default_device
from ml.hardware.throughput import measured_peak, training_flops
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint
from ml.pipeline import ahead, batches
from ml.prediction import answers, open_picture

AT_ONCE = {"cuda": (1, 4, 16, 64, 256, 1024), "cpu": (1, 4, 16, 64)}  # faces
MOST = {"cuda": 256, "cpu": 16}  # faces that the pipeline asks the engine for at once
SECONDS = 1.0  # for each number of faces
DRAWN = 8  # photos that are drawn, in turn
SIDE = 1024  # pixels


def speed(engine: Engine, faces: np.ndarray) -> float:
    """Faces a second, as they lie in memory."""
    engine.answer(faces)
    times, started = 0, time.perf_counter()
    while (took := time.perf_counter() - started) < SECONDS:
        engine.answer(faces)
        times += 1
    return len(faces) * times / took


def report_engine(
    engine: Engine, checkpoint: Path, device: torch.device
) -> tuple[float, list[Figure]]:
    """Print a line for each number of faces, and how far the answers are from float32's.

    Returns the faces a second of the largest number, and its share of the peak.
    """
    model, config = load_checkpoint(checkpoint)
    size, channels = config["network"]["size"], config["network"]["channels"]
    images = 2 if config.get("flip_average") else 1  # that the network sees of a face
    flops = images * training_flops(model, size, channels) / 3
    peak, counts = measured_peak(device), AT_ONCE[device.type]
    shape = (counts[-1], size, size, channels)
    faces = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8).transpose(0, 3, 1, 2)
    print(f"{engine.runtime}; {flops / 1e9:.2f} GFLOP a face, peak {peak / 1e12:.2f} TFLOP/s")
    print(f"{'faces at once':>14}{'faces/s':>10}{'of peak':>9}")
    for count in counts:
        found = speed(engine, faces[:count])
        print(f"{count:>14}{found:>10,.0f}{found * flops / peak:>9.1%}", flush=True)
    some = faces[: counts[2]]
    exact = answer(model, config, torch.from_numpy(some), torch.device("cpu"))
    error = np.abs(engine.answer(some) - exact).mean()
    print(f"probabilities differ from float32's by {error:.5f} on average\n")
    used, limit = [found * flops / 1e12], [peak / 1e12]
    what = f"{counts[-1]} faces at once, {engine.runtime}"
    return found, [compared(what, "TFLOP/s", used, "matrix product", limit)]


class Clocked:
    """Adds up the time that an engine computes."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.seconds = engine, 0.0

    def answer(self, sightings: list[tuple[str, Sighting]]) -> int:
        """How many faces there were."""
        started = time.perf_counter()
        count = len(list(answers(sightings, self.engine)))
        self.seconds += time.perf_counter() - started
        return count


def report_pipeline(
    engine: Engine, photos: list[bytes], threads: list[int], device: torch.device
) -> float:
    """Print a line for each number of threads. Returns the most faces a second."""
    detector, most = load_detector(), MOST[device.type]

    def see(content: bytes) -> tuple[str, Sighting]:
        return "", find_and_crop(open_picture(io.BytesIO(content)), detector)

    see(photos[0])
    best = 0.0
    print(f"{'threads ahead':>14}{'photos/s':>10}{'faces/s':>9}{'engine':>8}{'CPU a photo':>13}")
    for count in threads:
        clock, started, faces = Clocked(engine), time.perf_counter(), 0
        before = time.process_time()
        with ahead(photos, see, threads=count, most=MOST["cuda"]) as sightings:
            for batch in batches(sightings, lambda one: len(one[1].crops), most):
                faces += clock.answer(batch)
        took, used = time.perf_counter() - started, time.process_time() - before
        line = f"{count:>14}{len(photos) / took:>10.1f}{faces / took:>9.1f}"
        line += f"{clock.seconds / took:>8.0%}{1000 * used / len(photos):>10.1f} ms"
        print(line, flush=True)
        best = max(best, faces / took)
    return best


def drawn() -> Iterator[bytes]:
    """Photos with one drawn face each, as JPEG."""
    for number in range(DRAWN):
        content = io.BytesIO()
        draw_face(("Smiling",), (SIDE, SIDE), number).save(content, "JPEG", quality=92)
        yield content.getvalue()


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--checkpoint", type=Path, default=Path("ml/checkpoints/default"))
    arguments.add_argument("--photos", type=Path, help="a folder of pictures")
    arguments.add_argument("--threads", type=int, nargs="+", default=[0, 1, 2, 4])
    arguments.add_argument("--count", type=int, default=200, help="photos of the pipeline")
    options = arguments.parse_args()
    device, engine = default_device(), load_engine(options.checkpoint)
    alone, figures = report_engine(engine, options.checkpoint, device)
    files = sorted(options.photos.iterdir()) if options.photos else []
    photos = list(
        islice(cycle([file.read_bytes() for file in files] or list(drawn())), options.count)
    )
    best = report_pipeline(engine, photos, options.threads, device)
    limit = compared("from photos to probabilities", "faces/s", [best], "engine alone", [alone])
    report([*figures, limit], options.json)


if __name__ == "__main__":
    main()
