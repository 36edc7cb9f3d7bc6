"""Compensation for rare attributes: in the loss, or in how often a face is drawn."""

import numpy as np
import torch

from ml.training.settings import Settings


def positive_weights(targets: np.ndarray, strength: float) -> np.ndarray:
    """How much a yes counts beside a no: (negatives / positives) ** strength, (A,).

    Takes (N, A) targets of 0 and 1. Strength 0 leaves all alike, 1 makes both answers of each
    attribute weigh the same in sum, as MOON does (Rudd et al. 2016). 1 where one answer is absent.
    """
    positives = targets.sum(0).astype(float)
    negatives = len(targets) - positives
    has_both = (positives > 0) & (negatives > 0)
    weights: np.ndarray = np.ones(targets.shape[1])
    weights[has_both] = (negatives[has_both] / positives[has_both]) ** strength
    return weights


def sampling_weights(targets: np.ndarray, strength: float) -> np.ndarray:
    """How often each face is drawn: (N,), of sum 1.

    Takes (N, A) targets of 0 and 1. A face counts as much as its rarest answer: the greatest of
    (1 / share of the faces with that answer) ** strength over its attributes, as in repeat-factor
    sampling (Gupta et al. 2019). Strength 0 draws all alike.
    """
    share = targets.mean(0)
    of_answer = np.where(targets > 0, share, 1 - share)
    weights: np.ndarray = (1 / of_answer.min(1)) ** strength
    weights /= weights.sum()
    return weights


def class_weights(
    targets: torch.Tensor, settings: Settings
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The weights of a yes and of each face, where the settings ask for them.

    Takes (N, A) targets; a teacher has softened them by less than half, so that labels show. An
    unknown one (NaN) counts as the attribute's commoner answer: it makes no face rare.
    """
    labels = (torch.where(targets.isnan(), targets.nanmean(0), targets) > 0.5).numpy()
    in_loss, in_order = settings.loss_weighting, settings.sampling
    return (
        positive_weights(labels, in_loss) if in_loss else None,
        sampling_weights(labels, in_order) if in_order else None,
    )
