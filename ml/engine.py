"""The engine: one loaded model that answers images. The only way to ask the model for anything."""

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

from ml.hardware.devices import on_device
from ml.hardware.distributed import default_device
from ml.networks.checkpoint import load_checkpoint
from ml.networks.inference import answer
from ml.preprocessing import celeba_square, crop_square, stack

log = logging.getLogger(__name__)


class EngineError(RuntimeError):
    """The model gave something that is not a probability."""


class Engine:
    """A loaded network and the config of its checkpoint."""

    def __init__(self, model: nn.Module, config: dict[str, Any], device: torch.device) -> None:
        self.model = on_device(model, device).eval()
        self.config = config
        self.device = device

    @property
    def sha256(self) -> str:
        """The hash of the weights: which model this is."""
        return str(self.config["sha256"])

    def predict(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Probabilities of the 40 attributes of faces in CelebA's frame.

        Args:
            images: N pictures of any size and mode, as `ml.faces.detectors.crop_face` gives them.

        Returns:
            (N, 40) float32 in [0, 1], columns as in `ml.attributes.NAMES`.

        Raises:
            EngineError: the network's outputs are not finite, or not 40 an image.
        """
        if not images:
            return np.empty((0, len(self.config["attributes"])), dtype=np.float32)
        size, channels = self.config["network"]["size"], self.config["network"]["channels"]
        faces = stack([crop_square(im, celeba_square(*im.size), size, channels) for im in images])
        probabilities = answer(self.model, self.config, faces, self.device)
        if probabilities.shape != (len(images), len(self.config["attributes"])):
            raise EngineError(f"the model gave outputs of shape {probabilities.shape}")
        if not np.isfinite(probabilities).all():
            raise EngineError("the model gave outputs that are not finite")
        return probabilities


_engine: tuple[Path, Engine] | None = None
_lock = threading.Lock()
_loads = 0


def get_engine(folder: Path) -> Engine:
    """The process's one engine, loaded when first asked for, and again only for another folder.

    Raises:
        CheckpointError: the checkpoint in `folder` cannot be used.
    """
    global _engine, _loads
    with _lock:
        if _engine is None or _engine[0] != folder:
            started = time.monotonic()
            engine = Engine(*load_checkpoint(folder), default_device())
            _engine = (folder, engine)
            _loads += 1
            log.info(
                "loaded model %s (%s) on %s in %.1f s; loads so far: %d",
                *(folder.name, engine.sha256[:8], engine.device),
                *(time.monotonic() - started, _loads),
            )
        return _engine[1]


def forget_engine() -> None:
    """Drop the loaded engine, so that the next `get_engine` reads the folder again."""
    global _engine
    with _lock:
        _engine = None
