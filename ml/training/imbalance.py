"""Weights for rare attributes: in the loss, or in how often a face is drawn."""

import numpy as np
import torch

from ml.training.settings import Settings


def positive_weights(targets: np.ndarray, strength: float) -> np.ndarray:
    """(A,) weights of a yes relative to a no: (negatives / positives) ** strength.

    Takes (N, A) targets of 0 and 1. Strength 0 leaves both alike; 1 gives both answers of each
    attribute the same total weight, as MOON does (Rudd et al. 2016). An attribute with only one
    answer has weight 1.
    """
    positives = targets.sum(0).astype(float)
    negatives = len(targets) - positives
    has_both = (positives > 0) & (negatives > 0)
    weights: np.ndarray = np.ones(targets.shape[1])
    weights[has_both] = (negatives[has_both] / positives[has_both]) ** strength
    return weights


def sampling_weights(targets: np.ndarray, strength: float) -> np.ndarray:
    """(N,) probabilities of drawing each face; their sum is 1.

    Takes (N, A) targets of 0 and 1. A face's rarest answer decides: its probability is proportional
    to (1 / share of the faces with that answer) ** strength, as in repeat-factor sampling (Gupta et
    al. 2019). Strength 0 draws all faces equally often.
    """
    share = targets.mean(0)
    of_answer = np.where(targets > 0, share, 1 - share)
    weights: np.ndarray = (1 / of_answer.min(1)) ** strength
    weights /= weights.sum()
    return weights


def class_weights(
    targets: torch.Tensor, settings: Settings
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The weights in the loss (A,) and in the sampling (N,); None where the settings want none.

    Takes (N, A) labels, before a teacher's answers are mixed in. An unknown one (NaN) counts as the
    attribute's more common answer, which makes no face rare.
    """
    labels = (torch.where(targets.isnan(), targets.nanmean(0), targets) > 0.5).numpy()
    in_loss, in_order = settings.loss_weighting, settings.sampling
    return (
        positive_weights(labels, in_loss) if in_loss else None,
        sampling_weights(labels, in_order) if in_order else None,
    )
