"""Augmentation of a whole batch at once, on the device it is on."""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """How far a face may be moved: mild, since strong colour or blur would change its labels.

    `degrees` and `shear` are the largest angles, `scale` the largest relative change of size,
    `shift` the largest move as a fraction of the side, `flip` the probability of mirroring.
    """

    degrees: float = 10.0
    shear: float = 3.0
    scale: float = 0.12
    shift: float = 0.05
    flip: float = 0.5


def augment(faces: torch.Tensor, how: Augmentation) -> torch.Tensor:
    """Rotate, shear, scale, shift and mirror each face by its own random amounts.

    Takes and returns (B, C, H, W) float; what comes from outside is the nearest edge.
    """
    grid = functional.affine_grid(
        _random_affine(len(faces), how, faces.device), list(faces.shape), align_corners=False
    )
    return functional.grid_sample(
        faces, grid.to(faces.dtype), padding_mode="border", align_corners=False
    )


def _random_affine(count: int, how: Augmentation, device: torch.device) -> torch.Tensor:
    """(count, 2, 3) matrices, from the result's coordinates in [-1, 1] to the source's."""

    def uniform(limit: float) -> torch.Tensor:
        return (torch.rand(count, device=device) * 2 - 1) * limit

    angle = uniform(math.radians(how.degrees))
    shear = torch.tan(uniform(math.radians(how.shear)))
    scale = 1 + uniform(how.scale)
    mirror = 1 - 2 * (torch.rand(count, device=device) < how.flip).float()
    cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
    rows = [
        torch.stack([cos * mirror, shear * cos - sin, uniform(2 * how.shift)], dim=1),
        torch.stack([sin * mirror, shear * sin + cos, uniform(2 * how.shift)], dim=1),
    ]
    return torch.stack(rows, dim=1)
