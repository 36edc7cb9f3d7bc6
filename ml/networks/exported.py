"""The exported engine of a checkpoint, `engine.onnx`, run by ONNX Runtime. It needs no torch.

`ml.networks.export` writes it. It maps stored faces to probabilities, with all that lies between.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ml.hardware.sessions import open_session
from ml.networks.checkpoint import ENGINE, CheckpointError

INPUT, OUTPUT = "faces", "probabilities"
# Keys of the file's metadata, with JSON as values; the last lists what the outputs stand for.
ORIGIN, FACTS, ATTRIBUTES = "origin", "facts", "attributes"
BATCH = 8  # faces at once: more are no faster on a CPU, and take more memory


class ExportedEngine:
    """A session of ONNX Runtime, and what its file says: what it was exported from, and as what."""

    def __init__(self, file: Path, threads: int | None = None) -> None:
        """Load a file, to be computed by so many threads; None: one for each core.

        Raises:
            CheckpointError: ONNX Runtime does not take it.
        """
        try:
            self._session = open_session(file, threads)
            metadata = self._session.get_modelmeta().custom_metadata_map
            self.origin: dict[str, Any] = json.loads(metadata.get(ORIGIN, "{}"))
            self.facts: dict[str, Any] = json.loads(metadata.get(FACTS, "{}"))
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{error}; {again(file.parent)}") from error

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        """The (N, 40) float32 probabilities of (N, C, S, S) uint8 faces."""
        chunks = np.array_split(faces, range(BATCH, len(faces), BATCH))
        return np.concatenate(
            [
                self._session.run([OUTPUT], {INPUT: np.ascontiguousarray(chunk)})[0]
                for chunk in chunks
            ]
        )


def load_exported(folder: Path, config: dict[str, Any]) -> ExportedEngine:
    """The exported engine of a checkpoint.

    Raises:
        CheckpointError: it cannot be loaded, or was exported from other weights or another config.
    """
    engine = ExportedEngine(folder / ENGINE)
    if engine.origin != origin(config):
        raise CheckpointError(
            f"{folder / ENGINE}: was exported from other weights, or with another calibration; "
            f"{again(folder)}"
        )
    return engine


def again(folder: Path) -> str:
    """How to make the engine of a checkpoint."""
    return f"run `manage.py export_model {folder}`"


def origin(config: dict[str, Any]) -> dict[str, Any]:
    """All of a checkpoint's config that an exported engine depends on."""
    names = ("sha256", "network", "flip_average", "temperatures")
    facts = {name: config.get(name) for name in names}
    # Engines of older checkpoints do not name these.
    return facts | {name: config[name] for name in ("softened", "pixels") if name in config}
