"""How fast the engine serves: faces a second, its share of the peak, photos a second.

    python -m benchmarks.serving [--checkpoint DIR] [--photos DIR] [--threads 1 2 4] [--count 200]

On a GPU if there is one, else on the CPU by ONNX Runtime.

First the engine alone, for each number of faces at once, beside what a large matrix product would
allow, which is measured in the same run. Then the pipeline, from a photo's bytes to the
probabilities of its faces, with so many threads that decode and find faces ahead, and the share of
the time in which the engine computed: near 100% it bounds the pipeline, else finding faces does.
Without --photos, photos of 1024 pixels with drawn faces are used.
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


def measure_engine(engine: Engine, checkpoint: Path, device: torch.device) -> list[Figure]:
    """A figure for each number of faces; print how far the answers are from float32's."""
    model, config = load_checkpoint(checkpoint)
    size, channels = config["network"]["size"], config["network"]["channels"]
    images = 2 if config.get("flip_average") else 1  # that the network sees of a face
    flops = images * training_flops(model, size, channels) / 3
    peak, counts = measured_peak(device), AT_ONCE[device.type]
    shape = (counts[-1], size, size, channels)
    faces = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8).transpose(0, 3, 1, 2)
    print(f"{engine.runtime}; {flops / 1e9:.2f} GFLOP a face, peak {peak / 1e12:.2f} TFLOP/s")
    some = faces[: counts[2]]
    exact = answer(model, config, torch.from_numpy(some), torch.device("cpu"))
    error = np.abs(engine.answer(some) - exact).mean()
    print(f"probabilities differ from float32's by {error:.5f} on average", flush=True)
    limit = "a matrix product's FLOP/s"
    return [
        compared(
            f"{count} faces at once",
            "faces/s",
            [speed(engine, faces[:count])],
            limit,
            [peak / flops],
        )
        for count in counts
    ]


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


def measure_pipeline(
    engine: Engine, photos: list[bytes], threads: list[int], device: torch.device
) -> list[Figure]:
    """Photos a second with each number of threads ahead, beside those of none."""
    detector, most = load_detector(), MOST[device.type]

    def see(content: bytes) -> tuple[str, Sighting]:
        return "", find_and_crop(open_picture(io.BytesIO(content)), detector)

    def photos_a_second(count: int) -> float:
        clock, started = Clocked(engine), time.perf_counter()
        before = time.process_time()
        with ahead(photos, see, threads=count, most=MOST["cuda"]) as sightings:
            for batch in batches(sightings, lambda one: len(one[1].crops), most):
                clock.answer(batch)
        took, used = time.perf_counter() - started, time.process_time() - before
        cost = 1000 * used / len(photos)
        print(f"{count} threads: engine busy {clock.seconds / took:.0%}, {cost:.1f} ms CPU a photo")
        return len(photos) / took

    see(photos[0])
    alone = photos_a_second(0)
    return [
        compared(f"{count} threads ahead", "photos/s", [photos_a_second(count)], "none", [alone])
        for count in threads
    ]


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
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4])
    arguments.add_argument("--count", type=int, default=200, help="photos of the pipeline")
    options = arguments.parse_args()
    device, engine = default_device(), load_engine(options.checkpoint)
    figures = measure_engine(engine, options.checkpoint, device)
    files = sorted(options.photos.iterdir()) if options.photos else []
    photos = [file.read_bytes() for file in files] or list(drawn())
    photos = list(islice(cycle(photos), options.count))
    figures += measure_pipeline(engine, photos, options.threads, device)
    report(figures, options.json)


if __name__ == "__main__":
    main()
