"""How good a network is in the middle of a run, on the valid partition."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ml.evaluation.calibration import apply_temperatures, fit_temperatures
from ml.evaluation.metrics import JUDGED, evaluate
from ml.hardware.distributed import Group
from ml.networks.inference import predict_quickly
from ml.training.batches import Faces, resident


class Validation:
    """The valid faces of a group of processes, each of which answers for its share of them.

    On a GPU the share stays there if it fits, and the network is in bf16.
    """

    def __init__(self, faces: Faces, group: Group) -> None:
        self._group, self._targets, self._names = group, faces.targets, faces.attributes
        share = slice(group.rank, None, group.size)
        self._own = resident(Faces(faces.pixels[share], faces.targets[share]), group.device)

    def __call__(
        self, model: nn.Module, *, size: int, soften: bool, scale: str = "centered"
    ) -> dict[str, float]:
        """The loss, before and after temperatures, and all metrics at 0.5.

        Their names begin with `valid_`. Temperatures mend what mixup, smoothing and teachers do to
        the probabilities, so that only the loss after them compares epochs fairly. `size` is the
        side of the faces that the network is trained on now, `soften` whether those are blurred by
        augmentation, `scale` what it sees of their pixels. Every process calls this; only the main
        one judges the answers, and the others get nothing.

        Raises:
            FloatingPointError: an output is not finite.
        """
        own = predict_quickly(
            model, self._own.pixels, self._group.device, size=size, soften=soften, scale=scale
        )
        answers = self._group.gathered(own, len(self._targets)).cpu().numpy()
        if not self._group.is_main:
            return {}
        return _judged(answers, self._targets.numpy(), self._names)


def _judged(
    probabilities: np.ndarray, targets: np.ndarray, names: Sequence[str]
) -> dict[str, float]:
    if not np.isfinite(probabilities).all():
        raise FloatingPointError("the outputs of the network are no longer finite")
    calibrated = apply_temperatures(probabilities, fit_temperatures(probabilities, targets))
    metrics = evaluate(probabilities, targets, names=names)
    return {
        "valid_loss": _log_loss(probabilities, targets),
        "valid_calibrated_loss": _log_loss(calibrated, targets),
        **{f"valid_{metric.overall}": metrics[metric.overall] for metric in JUDGED},
    }


def _log_loss(probabilities: np.ndarray, targets: np.ndarray) -> float:
    stated, truth = (torch.from_numpy(values).float() for values in (probabilities, targets))
    return float(functional.binary_cross_entropy(stated, truth))
