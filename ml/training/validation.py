"""How good a network is in the middle of a run, on the valid partition."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml.evaluation.calibration import apply_temperatures, fit_temperatures
from ml.evaluation.metrics import JUDGED, evaluate
from ml.networks.inference import predict
from ml.training.batches import Faces


def validate(
    model: nn.Module, faces: Faces, device: torch.device, *, size: int, soften: bool
) -> dict[str, float]:
    """The loss, before and after temperatures, and all metrics at 0.5.

    Their names begin with `valid_`. Temperatures mend what mixup, smoothing and teachers do to the
    probabilities, so that only the loss after them compares epochs fairly. `size` is the side of
    the faces that the network is trained on now, `soften` whether those are blurred by
    augmentation.

    Raises:
        FloatingPointError: an output is not finite.
    """
    probabilities = predict(model, faces.pixels, device, size=size, soften=soften)
    if not np.isfinite(probabilities).all():
        raise FloatingPointError("the outputs of the network are no longer finite")
    targets = faces.targets.numpy()
    calibrated = apply_temperatures(probabilities, fit_temperatures(probabilities, targets))
    metrics = evaluate(probabilities, targets)
    return {
        "valid_loss": _log_loss(probabilities, faces.targets),
        "valid_calibrated_loss": _log_loss(calibrated, faces.targets),
        **{f"valid_{metric.overall}": metrics[metric.overall] for metric in JUDGED},
    }


def _log_loss(probabilities: np.ndarray, targets: torch.Tensor) -> float:
    stated = torch.from_numpy(probabilities).float()
    return float(functional.binary_cross_entropy(stated, targets.float()))
