"""The engine: a loaded model that turns images into probabilities. The only way to ask a model."""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from ml.attributes import NAMES
from ml.faces.boxes import FaceBox, Sighting
from ml.hardware.devices import on_device
from ml.hardware.distributed import default_device
from ml.networks.checkpoint import load_checkpoint
from ml.networks.inference import answer
from ml.preprocessing import celeba_square, crop_square, stack

log = logging.getLogger(__name__)


class EngineError(RuntimeError):
    """The model's output is not 40 probabilities for each face."""


class Engine:
    """A loaded network and the config of its checkpoint."""

    def __init__(self, model: nn.Module, config: dict[str, Any], device: torch.device) -> None:
        self.model = on_device(model, device).eval()
        self.config = config
        self.device = device

    @property
    def sha256(self) -> str:
        """The hash of the weights, which identifies the model."""
        return str(self.config["sha256"])

    def predict(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Predict the 40 attributes of faces in CelebA's frame.

        Args:
            images: N pictures of any size and mode, as `ml.faces.boxes.crop_face` gives them.

        Returns:
            (N, 40) float32 in [0, 1], columns as in `ml.attributes.NAMES`.

        Raises:
            EngineError: the network's outputs are not 40 probabilities for each image.
        """
        if not images:
            return np.empty((0, len(NAMES)), dtype=np.float32)
        size, channels = self.config["network"]["size"], self.config["network"]["channels"]
        faces = stack([crop_square(im, celeba_square(*im.size), size, channels) for im in images])
        return checked(answer(self.model, self.config, faces, self.device), len(images))


def checked(probabilities: np.ndarray, count: int) -> np.ndarray:
    """Return the probabilities unchanged if they are what they should be.

    Raises:
        EngineError: they are not `count` rows of 40 numbers in [0, 1].
    """
    if probabilities.shape != (count, len(NAMES)):
        raise EngineError(f"the model gave outputs of shape {probabilities.shape}")
    # A comparison with NaN is false, so this refuses NaN too.
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise EngineError("the model gave outputs that are not in [0, 1]")
    return probabilities


def score(sightings: Sequence[Sighting], engine: Engine) -> list[dict[FaceBox, np.ndarray]]:
    """The (40,) probabilities of each face of each sighting, from one forward pass.

    Raises:
        EngineError: the engine's answer is not 40 probabilities for each face.
    """
    crops = [crop for sighting in sightings for crop in sighting.crops.values()]
    if not crops:
        return [{} for _ in sightings]
    rows = iter(checked(np.asarray(engine.predict(crops)), len(crops)))
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
        engine = Engine(*load_checkpoint(folder), default_device())
        self._loads += 1
        log.info(
            "loaded model %s (%s) on %s in %.1f s; loads so far: %d",
            folder.name,
            engine.sha256[:8],
            engine.device,
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
