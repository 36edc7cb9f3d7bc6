"""How good a network is in the middle of a run, on the valid partition."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml.evaluation.metrics import JUDGED, evaluate
from ml.networks.inference import predict
from ml.training.batches import Faces


def validate(
    model: nn.Module, faces: Faces, device: torch.device, *, size: int, soften: bool
) -> dict[str, float]:
    """The loss and all metrics at 0.5, under names that begin with `valid_`.

    `size` is the side of the faces that the network is trained on now, `soften` whether those are
    blurred by augmentation.

    Raises:
        FloatingPointError: an output is not finite.
    """
    probabilities = predict(model, faces.pixels, device, size=size, soften=soften)
    if not np.isfinite(probabilities).all():
        raise FloatingPointError("the outputs of the network are no longer finite")
    loss = functional.binary_cross_entropy(torch.from_numpy(probabilities), faces.targets.float())
    metrics = evaluate(probabilities, faces.targets.numpy())
    found = {f"valid_{metric.overall}": metrics[metric.overall] for metric in JUDGED}
    return {"valid_loss": float(loss), **found}
