"""Distillation: labels mixed with a trained network's probabilities (Hinton et al. 2015).

These soften the labels that people disagree about.
"""

from pathlib import Path

import torch

from ml.data.cache import open_cache
from ml.data.celeba import FaceSet
from ml.hardware.devices import on_device
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint


def distillation_targets(
    faces: FaceSet, teacher: Path, share: float, cache: Path, device: torch.device
) -> torch.Tensor:
    """(N, 40) float targets: a share of the teacher's probabilities, the rest from the labels.

    Unknown targets (NaN) stay unknown.

    Raises:
        CheckpointError: the teacher cannot be loaded.
    """
    model, config = load_checkpoint(teacher)
    network = config["network"]
    pixels = open_cache(faces, network["size"], network["channels"], cache, quiet=True)
    answers = torch.from_numpy(answer(on_device(model, device), config, pixels, device))
    return (1 - share) * faces.float_targets() + share * answers
