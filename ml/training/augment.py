"""Augmentation of a whole batch at once, on its device."""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional

from ml.preprocessing import rescaled, to_input
from ml.training.options import check_options, option


@dataclass(frozen=True)
class Augmentation:
    """How far faces may be changed. Mildly: strong color or blur would change their labels."""

    degrees: float = option(10.0, "largest rotation", at_least=0, at_most=180)
    shear: float = option(3.0, "largest shear in degrees", at_least=0, at_most=45)
    zoom: float = option(0.12, "largest change of size, relative", at_least=0, at_most=0.9)
    shift: float = option(0.05, "largest shift as a share of the side", at_least=0, at_most=1)
    flip: float = option(0.5, "probability of mirroring", at_least=0, at_most=1)
    light: float = option(0.0, "largest change of brightness, relative", at_least=0, at_most=0.9)
    erase: float = option(0.0, "probability of hiding a rectangle", at_least=0, at_most=1)

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def softens(self) -> bool:
        """Whether faces are interpolated at random offsets, which blurs them a little."""
        return bool(self.degrees or self.shear or self.zoom or self.shift)


ERASED = (0.15, 0.4)  # shortest and longest side of a hidden rectangle, as a share of the face's


def augment(faces: torch.Tensor, how: Augmentation, size: int) -> torch.Tensor:
    """Rotate, shear, scale, shift, mirror, brighten and partly hide each face at random.

    Takes (B, C, H, W) float of zero mean, returns (B, C, size, size). Edges are replicated.
    """
    shape = [*faces.shape[:2], size, size]
    grid = functional.affine_grid(
        _random_affine(len(faces), how, faces.device), shape, align_corners=False
    )
    moved = functional.grid_sample(
        faces, grid.to(faces.dtype), padding_mode="border", align_corners=False
    )
    if how.light:
        moved = moved * (1 + _uniform(len(faces), how.light, faces.device)[:, None, None, None])
    if how.erase:
        moved = moved * _random_mask(len(faces), size, how, faces.device)
    return moved


def to_augmented(
    pixels: torch.Tensor,
    how: Augmentation,
    size: int,
    dtype: torch.dtype,
    scale: str = "centered",
) -> torch.Tensor:
    """From stored uint8 faces (B, C, H, W) to augmented input, in `dtype` and channels-last.

    `scale` is one of `ml.preprocessing.PIXELS`.

    Compiled, this is one kernel, which reads bytes and writes `dtype`. Places between pixels are
    computed in float32: in bf16 they would be off by half a pixel.
    """
    faces = rescaled(augment(to_input(pixels), how, size), scale)
    return faces.to(dtype, memory_format=torch.channels_last)


def mix(
    faces: torch.Tensor, targets: torch.Tensor, alpha: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Blend each face (B, C, H, W) and its targets (B, 40) with another of the batch.

    Each face draws its share from Beta(alpha, alpha) (mixup, Zhang et al. 2018).
    """
    # Of two independent Gamma(alpha) numbers the first has a Beta(alpha, alpha) share of the sum.
    gammas = torch._standard_gamma(torch.full((2, len(faces)), alpha, device=faces.device))
    share = (gammas[0] / gammas.sum(0)).nan_to_num(0.5)  # with a tiny alpha both may underflow to 0
    other = torch.randperm(len(faces), device=faces.device)
    mixed_faces = torch.lerp(faces[other], faces, share[:, None, None, None].to(faces.dtype))
    return mixed_faces, torch.lerp(targets[other], targets, share[:, None])


def _uniform(count: int, limit: float, device: torch.device) -> torch.Tensor:
    """(count,) random numbers between -limit and limit."""
    return (torch.rand(count, device=device) * 2 - 1) * limit


def _random_affine(count: int, how: Augmentation, device: torch.device) -> torch.Tensor:
    """(count, 2, 3) matrices from the result's coordinates, in [-1, 1], to the source's."""
    angle = _uniform(count, math.radians(how.degrees), device)
    shear = torch.tan(_uniform(count, math.radians(how.shear), device))
    scale = 1 + _uniform(count, how.zoom, device)
    mirror = 1 - 2 * (torch.rand(count, device=device) < how.flip).float()
    cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
    across, down = (_uniform(count, 2 * how.shift, device) for _ in range(2))
    rows = [
        torch.stack([cos * mirror, shear * cos - sin, across], dim=1),
        torch.stack([sin * mirror, shear * sin + cos, down], dim=1),
    ]
    return torch.stack(rows, dim=1)


def _random_mask(count: int, side: int, how: Augmentation, device: torch.device) -> torch.Tensor:
    """(count, 1, side, side): 0 in a rectangle of some faces, else 1 (Zhong et al. 2020)."""
    low, high = ERASED
    place = torch.arange(side, device=device).expand(count, side)

    def within() -> torch.Tensor:  # (count, side): the rectangle's span along one axis
        span = side * (low + (high - low) * torch.rand(count, 1, device=device))
        start = torch.rand(count, 1, device=device) * (side - span)
        return (place >= start) & (place < start + span)

    hidden = torch.rand(count, 1, 1, device=device) < how.erase
    return 1 - (within()[:, :, None] & within()[:, None, :] & hidden).float()[:, None]
