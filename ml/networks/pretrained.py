"""Initial weights: ImageNet's for the trunk, or those of a whole checkpoint."""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from ml.attributes import NAMES
from ml.networks.checkpoint import (
    CONFIG,
    WEIGHTS,
    CheckpointError,
    attributes_of,
    file_sha256,
)
from ml.networks.weights import load_checkpoint
from ml.preprocessing import MEAN, STD

PUBLISHED_CHANNELS = 64  # of the first layer, in every published network
Weights = dict[str, torch.Tensor]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PUBLISHED = {  # torchvision's names, by architecture and whether it has batch norm
    ("VGG16", True): "VGG16_BN_Weights.IMAGENET1K_V1",
    ("VGG16", False): "VGG16_Weights.IMAGENET1K_V1",
    ("ResNet50", True): "ResNet50_Weights.IMAGENET1K_V2",
    ("ResNet101", True): "ResNet101_Weights.IMAGENET1K_V2",
}


def load_pretrained(
    model: nn.Module,
    architecture: str,
    source: str,
    sha256: str = "",
    *,
    attributes: tuple[str, ...] = NAMES,
    pixels: str = "centered",
) -> str:
    """Give a network its initial weights, and return a description of them.

    Args:
        model: as `build_network` made it.
        architecture: its name.
        source: "imagenet" (torchvision downloads them), a `.safetensors` or `.pth` file with
            torchvision's names (used for the trunk), or a checkpoint's folder or its weights (used
            as far as they fit: another input size or other attributes change the head).
        sha256: the expected hash of the file, or of the checkpoint's weights; empty: not checked.
        attributes: what the network is to answer about.
        pixels: what it sees of them; one of `ml.preprocessing.PIXELS`.

    Raises:
        CheckpointError: the weights are unavailable, untrustworthy, or do not fit the network.
    """
    path = Path(source)
    if path.name == WEIGHTS and (path.parent / CONFIG).is_file():
        path = path.parent
    if path.is_dir():
        return _load_checkpoint(model, path, sha256, attributes, pixels)
    if source == "imagenet":
        if sha256:
            raise CheckpointError("--weights-sha256 needs a file; torchvision checks its downloads")
        name = _published(model, architecture)
        _check_width(model)  # before the download
        weights, words = _download(name), f"ImageNet weights {name}"
    else:
        weights, words = _read(path, sha256), f"the trunk of {path.name}"
        _check_not_ours(weights, path)
        words += f", sha256 {file_sha256(path)}"
    _load_trunk(model, architecture, weights, source, pixels)
    return words


def _load_checkpoint(
    model: nn.Module, folder: Path, sha256: str, attributes: tuple[str, ...], pixels: str
) -> str:
    other, config = load_checkpoint(folder)
    if (seen := config.get("pixels", "centered")) != pixels:
        raise CheckpointError(f"{folder}: was trained with --pixels {seen}; train with the same")
    if not config["sha256"].startswith(sha256.lower()):
        raise CheckpointError(f"{folder}: its sha256 is {config['sha256']}, not {sha256}")
    found, changed = _fitted(other, model, attributes_of(config) == attributes)
    try:
        model.load_state_dict(found)
    except RuntimeError as error:
        raise CheckpointError(
            f"{folder}: has another network ({config['architecture']}, {config['network']}); "
            "train with the same one"
        ) from error
    what = f"all but {', '.join(changed)}" if changed else "all"
    return f"{what} of the checkpoint {folder.name}, sha256 {config['sha256']}"


def _fitted(
    other: nn.Module, model: nn.Module, has_same_attributes: bool
) -> tuple[Weights, list[str]]:
    """A checkpoint's weights for this network, and words on what of its head did not fit."""
    own, found, changed = model.state_dict(), other.state_dict(), []
    outputs = [] if has_same_attributes else list(own)[-2:]  # weights and biases of the last layer
    for name in found.keys() & own.keys():
        if name in outputs:
            changed.append(f"{name} (new)")
            found[name] = own[name]
            continue
        if name.startswith("features.") or found[name].shape == own[name].shape:
            continue
        resized = _resized(found[name], own[name], _side(other), _side(model))
        changed.append(f"{name} ({'new' if resized is None else 'resized'})")
        found[name] = own[name] if resized is None else resized
    return found, sorted(changed)


def _side(model: nn.Module) -> int:
    """Side of the trunk's output."""
    return int(getattr(model, "side", 0))


def _resized(matrix: torch.Tensor, wanted: torch.Tensor, old: int, new: int) -> torch.Tensor | None:
    """The head's first matrix for a trunk's output of another side; None if it is another one.

    It is interpolated as a picture, and divided by how much more places there are to sum over.
    """
    places = matrix.shape[-1] // max(1, old**2), wanted.shape[-1] // max(1, new**2)
    if matrix.ndim != 2 or old == new or len(matrix) != len(wanted) or places[0] != places[1]:
        return None
    pictures = matrix.view(len(matrix), -1, old, old)
    scaled = functional.interpolate(pictures, new, mode="bilinear", antialias=True)
    return scaled.flatten(1) * (old / new) ** 2


def _check_width(model: nn.Module) -> None:
    first = next(p for p in model.get_submodule("features").parameters() if p.ndim == 4)
    if len(first) != PUBLISHED_CHANNELS:
        raise CheckpointError(
            f"the network's first layer has {len(first)} channels, ImageNet weights have "
            f"{PUBLISHED_CHANNELS}: they need --width 1"
        )


def _check_not_ours(weights: Weights, path: Path) -> None:
    """Refuse a checkpoint's weights without their folder: they were trained on our pixels.

    A checkpoint has both parts of a network, its matrices in float16 and all else in float32.
    """
    parts = {name.partition(".")[0] for name in weights}
    kinds = {tensor.ndim > 1: tensor.dtype for tensor in weights.values() if tensor.ndim}
    is_ours = kinds == {True: torch.float16, False: torch.float32}
    if parts == {"features", "classifier"} and is_ours:
        raise CheckpointError(
            f"{path}: has the weights of a checkpoint, not of ImageNet; name its folder, with "
            f"{CONFIG} beside them"
        )


def _published(model: nn.Module, architecture: str) -> str:
    has_batch_norm = any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    if (architecture, has_batch_norm) not in PUBLISHED:
        raise CheckpointError(f"there are no ImageNet weights of a {architecture}")
    return PUBLISHED[architecture, has_batch_norm]


def _download(name: str) -> Weights:
    """torchvision's weights, from its cache or the Internet. It checks their hash."""
    from torchvision.models import get_weight

    try:
        found: Weights = get_weight(name).get_state_dict(progress=True, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise CheckpointError(
            f"ImageNet weights {name} are unavailable ({error}); download the file elsewhere and "
            "use --weights FILE, or leave out --weights for random ones"
        ) from error
    return found


def _read(path: Path, sha256: str) -> Weights:
    """The tensors of a file. Only tensors and plain values are ever unpickled."""
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file; --weights takes imagenet, a file or a folder")
    digest = file_sha256(path)
    # torchvision puts the first digits of the hash into the name: vgg16_bn-6c64b313.pth.
    wanted = sha256 or next(iter(re.findall(r"-([0-9a-f]{8,64})$", path.stem)), "")
    if not digest.startswith(wanted.lower()):
        raise CheckpointError(f"{path}: its sha256 is {digest}, not {wanted}; download it again")
    try:
        is_safe = path.suffix == ".safetensors"
        found = load_file(path) if is_safe else torch.load(path, "cpu", weights_only=True)
    except SafetensorError as error:
        raise CheckpointError(f"{path}: not a safetensors file: {error}") from error
    except Exception as error:  # a damaged or hostile pickle can raise anything
        reason = str(error).strip().splitlines()[0]
        raise CheckpointError(
            f"{path}: refused: the file holds more than tensors ({reason})"
        ) from error
    if not isinstance(found, dict) or not all(torch.is_tensor(value) for value in found.values()):
        raise CheckpointError(f"{path}: has no named weights; save the model's state_dict")
    return found


def _load_trunk(
    model: nn.Module, architecture: str, weights: Weights, source: str, pixels: str
) -> None:
    trunk = model.get_submodule("features")
    own = trunk.state_dict()
    found = _of_trunk(own, weights, architecture)
    first = next(name for name, tensor in own.items() if tensor.ndim == 4)
    if first in found:
        _see_our_pixels(found, own, first, pixels)
    for name, tensor in own.items():
        if name not in found:
            raise CheckpointError(f"{source}: lacks the weights {name} of a {architecture}")
        if found[name].shape != tensor.shape:
            raise CheckpointError(
                f"{source}: {name} is {tuple(found[name].shape)}, the network's "
                f"{tuple(tensor.shape)}; ImageNet weights need --width 1"
            )
        if not found[name].isfinite().all():
            raise CheckpointError(f"{source}: {name} is not finite")
    trunk.load_state_dict({name: found[name] for name in own})


def _of_trunk(own: Mapping[str, torch.Tensor], weights: Weights, architecture: str) -> Weights:
    """The file's tensors under our names.

    torchvision's VGG has biases before its batch norm. Ours has none: they are subtracted from the
    batch norm's mean, which has the same effect.
    """
    found = {name.removeprefix("features."): tensor.clone() for name, tensor in weights.items()}
    if architecture != "VGG16":
        return found
    for name in [name for name in found if name.endswith(".bias") and name not in own]:
        mean = f"{int(name.split('.')[0]) + 1}.running_mean" if name[0].isdigit() else ""
        if mean in found:
            found[mean] -= found.pop(name)
    return found


def _see_our_pixels(
    found: Weights, own: Mapping[str, torch.Tensor], first: str, pixels: str
) -> None:
    """Adapt the first convolution to our normalization, and to gray faces.

    Our input is x = (p - MEAN) / STD; ImageNet's is x STD / std + (MEAN - mean) / std. So the
    kernels get a factor, and the constant goes into the bias, or into the mean of the batch norm
    that follows. This is exact except at the padded border. Of pixels in 0..1, MEAN is 0 and STD 1.
    """
    our_mean, our_std = (MEAN, STD) if pixels == "centered" else (0.0, 1.0)
    kernels = found[first]
    if kernels.ndim != 4 or kernels.shape[1] != 3:
        return
    mean, std = (torch.tensor(each)[None, :, None, None] for each in (IMAGENET_MEAN, IMAGENET_STD))
    constant = (kernels * (our_mean - mean) / std).sum((1, 2, 3))
    kernels = kernels * our_std / std
    found[first] = kernels.sum(1, keepdim=True) if own[first].shape[1] == 1 else kernels
    bias = first.replace("weight", "bias")
    if bias in own:
        found[bias] = found[bias] + constant
    else:
        after = next(name for name in found if name.endswith("running_mean"))
        found[after] = found[after] - constant
