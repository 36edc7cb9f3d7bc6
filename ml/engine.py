"""The engine: a loaded model that turns images into probabilities. The only way to ask a model.

On a GPU it is torch that computes. Elsewhere it is ONNX Runtime, which is several times as fast on
a CPU and needs no torch: nothing here, or imported here, imports torch before it is to compute. If
the GPU fails, the CPU takes over.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ml.faces.boxes import FaceBox, Sighting
from ml.hardware.gpu import has_gpu
from ml.networks.checkpoint import ENGINE, CheckpointError, attributes_of, read_config
from ml.networks.exported import again, load_exported
from ml.preprocessing import celeba_square, crop_square, stack

log = logging.getLogger(__name__)

Answer = Callable[[np.ndarray], np.ndarray]  # (N, C, S, S) uint8 faces to (N, A) probabilities


class EngineError(RuntimeError):
    """The model's output is not one probability for each attribute of each face."""


class Engine:
    """A loaded network and the config of its checkpoint.

    Args:
        answer: computes the probabilities.
        config: the checkpoint's.
        runtime: says what computes.
        spare: loads the engine that takes over if a device of torch's fails, for good.
    """

    def __init__(
        self,
        answer: Answer,
        config: dict[str, Any],
        runtime: str,
        spare: "Callable[[], Engine] | None" = None,
    ) -> None:
        self._answer = answer
        self.config = config
        self.runtime = runtime
        self._spare = spare

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU computes, so that faces are to be found ahead, and many asked for."""
        return self._spare is not None

    @property
    def sha256(self) -> str:
        """The hash of the weights, which identifies the model."""
        return str(self.config["sha256"])

    @property
    def attributes(self) -> tuple[str, ...]:
        """What it answers about, in the order of its answers."""
        return attributes_of(self.config)

    def predict(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Predict the attributes of faces in CelebA's frame.

        Args:
            images: N pictures of any size and mode, as `ml.faces.boxes.crop_face` gives them.

        Returns:
            (N, A) float32 in [0, 1], columns as in `attributes`.

        Raises:
            EngineError: the network's outputs are not so many probabilities for each image.
        """
        if not images:
            return np.empty((0, len(self.attributes)), dtype=np.float32)
        size, channels = self.config["network"]["size"], self.config["network"]["channels"]
        faces = stack([crop_square(im, celeba_square(*im.size), size, channels) for im in images])
        return checked(self.answer(faces), (len(images), len(self.attributes)))

    def answer(self, faces: np.ndarray) -> np.ndarray:
        """The (N, A) float32 of (N, C, S, S) uint8 faces that were cut and scaled already."""
        try:
            return self._answer(faces)
        except RuntimeError as error:  # what torch raises if a device is out of memory, or lost
            if self._spare is None:
                raise
            other = _instead(self._spare, error)
        self._answer, self.runtime, self._spare = other._answer, other.runtime, None
        return self._answer(faces)


def load_engine(folder: Path) -> Engine:
    """The engine of a checkpoint: torch on a GPU, else the exported one, else torch on the CPU.

    Raises:
        CheckpointError: the checkpoint cannot be used, or only by torch, which is not installed.
    """

    def on_cpu() -> Engine:
        return _cpu_engine(folder)

    if not has_gpu():
        return on_cpu()
    try:
        return _gpu_engine(folder, spare=on_cpu)
    except RuntimeError as error:
        return _instead(on_cpu, error)


def _instead(spare: Callable[[], Engine], error: RuntimeError) -> Engine:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    log.error("the GPU failed, so the CPU computes until the process starts again: %s", reason)
    return spare()


def _cpu_engine(folder: Path) -> Engine:
    config = read_config(folder)
    if (folder / ENGINE).exists():
        exported = load_exported(folder, config)
        return Engine(exported, config, f"ONNX Runtime, {exported.facts['precision']}")
    if find_spec("torch") is None:
        raise CheckpointError(
            f"{folder}: has no {ENGINE}; where torch is installed, {again(folder)}"
        )
    log.warning(
        "%s has no %s, so torch computes, which is slower; %s", folder, ENGINE, again(folder)
    )
    return _torch_engine(folder)


def _torch_engine(folder: Path) -> Engine:
    import torch

    from ml.hardware.devices import on_device
    from ml.networks.inference import answer
    from ml.networks.weights import load_checkpoint

    model, config = load_checkpoint(folder)
    device = torch.device("cpu")
    model = on_device(model, device)

    def ask(faces: np.ndarray) -> np.ndarray:
        return answer(model, config, torch.from_numpy(faces), device)

    return Engine(ask, config, f"torch, {device}")


def _gpu_engine(folder: Path, spare: Callable[[], Engine]) -> Engine:
    from ml.hardware.distributed import default_device
    from ml.networks.reduced import load_reduced

    device = default_device()
    answer, config = load_reduced(folder, device)
    return Engine(answer, config, f"torch, {device}", spare)


def checked(probabilities: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the probabilities unchanged if they are what they should be.

    Raises:
        EngineError: they have another shape, or are not numbers in [0, 1].
    """
    if probabilities.shape != shape:
        raise EngineError(f"the model gave outputs of shape {probabilities.shape}")
    # A comparison with NaN is false, so this refuses NaN too.
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise EngineError("the model gave outputs that are not in [0, 1]")
    return probabilities


def score(sightings: Sequence[Sighting], engine: Engine) -> list[dict[FaceBox, np.ndarray]]:
    """The (A,) probabilities of each face of each sighting, from one forward pass.

    Raises:
        EngineError: the engine's answer is not one probability for each attribute of each face.
    """
    crops = [crop for sighting in sightings for crop in sighting.crops.values()]
    if not crops:
        return [{} for _ in sightings]
    shape = (len(crops), len(engine.attributes))
    rows = iter(checked(np.asarray(engine.predict(crops)), shape))
    return [{box: next(rows) for box in sighting.crops} for sighting in sightings]


class EngineCache:
    """Keeps the engine that was asked for last: loading one takes seconds and much memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: tuple[Path, Engine] | None = None
        self._loads = 0

    def get(self, folder: Path) -> Engine:
        """The engine of the checkpoint in `folder`, loaded unless it is the cached one.

        Raises:
            CheckpointError: the checkpoint cannot be used.
        """
        with self._lock:
            if self._cached is None or self._cached[0] != folder:
                self._cached = (folder, self._load(folder))
            return self._cached[1]

    def forget(self) -> None:
        """Drop the cached engine, so that the next `get` reads its folder again."""
        with self._lock:
            self._cached = None

    def _load(self, folder: Path) -> Engine:
        started = time.monotonic()
        engine = load_engine(folder)
        self._loads += 1
        log.info(
            "loaded model %s (%s; %s) in %.1f s; loads so far: %d",
            folder.name,
            engine.sha256[:8],
            engine.runtime,
            time.monotonic() - started,
            self._loads,
        )
        return engine


_process_cache = EngineCache()


def get_engine(folder: Path) -> Engine:
    """The process's one engine, loaded when first asked for, and again only for another folder.

    Raises:
        CheckpointError: the checkpoint in `folder` cannot be used.
    """
    return _process_cache.get(folder)


def forget_engine() -> None:
    """Drop the process's engine, so that the next `get_engine` reads the folder again."""
    _process_cache.forget()
