"""The hyper-parameters of a run, in one frozen dataclass that is saved with it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from ml.evaluation.history import BEST_BY
from ml.facts import with_current_names
from ml.preprocessing import PIXELS
from ml.training.augment import Augmentation
from ml.training.options import check_options, option


@dataclass(frozen=True)
class Settings:
    """The network, its input, its loss and how it is trained.

    Raises:
        ValueError: a value has the wrong type or is outside its limits; the message names it.
    """

    architecture: str = option(
        "VGG16", "the network", choices=("VGG16", "ResNet50", "ResNet101", "PlainCNN")
    )
    # Below 32 pixels the five halvings of the trunk would leave nothing.
    size: int = option(96, "side of the square input in pixels", at_least=32, at_most=1024)
    channels: int = option(3, "3 for color, 1 for gray scale", choices=(1, 3))
    pixels: str = option(
        "centered",
        "what the network sees of a pixel: (p / 255 - 0.5) / 0.25, or p / 255 (unit)",
        choices=PIXELS,
    )
    width: float = option(
        0.25, "multiplies the number of channels of the trunk", at_least=0.01, at_most=4
    )
    batch_norm: bool = option(True, "batch normalization after each convolution")
    head: tuple[int, ...] = option(
        (512,), "sizes of the hidden layers before the outputs", at_least=1
    )
    activation: str = option("relu", "activation in the head", choices=("relu", "tanh"))
    dropout: float = option(0.3, "share of the head's units to drop", at_least=0, at_most=0.95)

    weights: str = option("", "initial weights: imagenet, a file or a checkpoint; random if empty")
    weights_sha256: str = option("", "hash that the file of --weights must have")
    freeze_epochs: int = option(0, "first epochs, in which only the head is trained", at_least=0)
    frozen_layers: int = option(
        0,
        "first convolutions of a VGG16 that keep their initial weights in all epochs",
        at_least=0,
        at_most=13,
    )
    start_share: float = option(
        0.0, "share of the initial weights that is mixed into the result", at_least=0, at_most=1
    )
    trunk_rate: float = option(1.0, "multiplies the trunk's learning rate", at_least=0, at_most=1)

    small_size: int = option(0, "side of the faces in the first epochs, in pixels", at_most=1024)
    small_epochs: int = option(0, "how many first epochs use small faces", at_least=0)
    teacher: tuple[str, ...] = option(
        (), "checkpoints whose probabilities, averaged, are mixed with the labels"
    )
    teacher_answers: str = option("", "file of kept probabilities to mix with the labels instead")
    teacher_share: float = option(
        0.5, "share of the teachers' probabilities", at_least=0, at_most=1
    )

    epochs: int = option(16, "passes over the training faces", at_least=1)
    # Batch norm needs two faces: one has no variance.
    batch_size: int = option(64, "faces per step, on each device", at_least=2)
    # Muon gained more than any other part of the recipe: docs/decisions has the figures.
    optimizer: str = option("muon", "the optimizer", choices=("muon", "adamw", "sgd"))
    learning_rate: float = option(3e-3, "highest learning rate; sgd wants about 0.05", at_least=0)
    # Decoupled: a step shrinks weights by learning rate x decay, so that 0.3 is mild.
    weight_decay: float = option(
        0.3, "weight decay of the matrices; sgd wants about 1e-4", at_least=0
    )
    warmup: float = option(
        0.1, "share of the steps in which the learning rate rises", at_least=0, at_most=1
    )
    ema_decay: float = option(0.999, "decay of the averaged weights", at_least=0, at_most=0.99999)
    # Mixup, smoothing and a teacher leave probabilities uncalibrated, which temperatures mend
    # later: the loss is the one after them.
    best_by: str = option(
        "loss", "the valid figure that decides which epoch is best", choices=tuple(BEST_BY)
    )
    patience: int = option(
        0, "stop after this many epochs without a better one; 0: never", at_least=0
    )
    seed: int = option(0, "seed of all random numbers", at_least=0)

    loss: str = option("bce", "the loss", choices=("bce", "focal", "asymmetric"))
    # Several percent of CelebA's labels are wrong or debatable.
    label_smoothing: float = option(
        0.01, "share of each label that is replaced with 0.5", at_least=0, at_most=0.5
    )
    mixup: float = option(
        0.0, "mixup's alpha: how evenly two faces are blended; 0: never", at_least=0, at_most=9
    )
    # Both are off: what they gain in balanced accuracy they lose in accuracy and calibration, and
    # thresholds, which are fitted for each attribute, gain the same at no cost.
    loss_weighting: float = option(
        0.0, "how much a rare yes counts in the loss, from 0 to 1", at_least=0, at_most=1
    )
    sampling: float = option(
        0.0,
        "how much more often faces with rare answers are drawn, from 0 to 1",
        at_least=0,
        at_most=1,
    )

    compile: str = option(
        "auto",
        "compile network and augmentation first, which takes a minute; auto: on a GPU, if there "
        "is a C compiler",
        choices=("auto", "true", "false"),
    )
    sync_batch_norm: bool = option(
        False, "let batch norm see the faces of all processes, not only its own; needs GPUs"
    )
    flip_average: bool = option(
        True, "let the trained model average each face and its mirror image"
    )
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        check_options(self)
        if self.small_epochs and not 32 <= self.small_size <= self.size:
            raise ValueError(f"small_size is from 32 to size ({self.size}), not {self.small_size}")
        if not self.weights and (self.start_share or self.weights_sha256):
            raise ValueError("start_share and weights_sha256 go with weights")
        if self.freeze_epochs > self.epochs:
            raise ValueError(
                f"freeze_epochs is at most epochs ({self.epochs}), not {self.freeze_epochs}"
            )
        if self.frozen_layers and not self.weights:
            raise ValueError("frozen_layers goes with weights: random ones are not worth keeping")
        if self.frozen_layers and self.architecture.startswith("ResNet"):
            raise ValueError("frozen_layers is for VGG16 and PlainCNN")
        if self.teacher and self.teacher_answers:
            raise ValueError("a run has teacher or teacher_answers, not both")

    @property
    def network(self) -> dict[str, Any]:
        """The arguments of the architecture's class."""
        names = ("size", "channels", "width", "batch_norm", "activation", "dropout")
        return {**{name: getattr(self, name) for name in names}, "head": list(self.head)}

    def network_for(self, outputs: int) -> dict[str, Any]:
        """The arguments of the architecture's class, for so many attributes."""
        return {**self.network, "outputs": outputs}

    def changed(self, given: dict[str, Any]) -> Self:
        """These settings with some replaced; those of the augmentation need not be nested.

        Raises:
            ValueError: a name is no setting, or a value is not allowed.
        """
        given = dict(given)
        nested = given.pop("augmentation", {})
        if not isinstance(nested, dict):
            raise ValueError(f"augmentation is a group of settings, not {nested!r}")
        nested = nested | {name: given.pop(name) for name in AUGMENTATION if name in given}
        for name in (*given, *nested):
            if name not in SETTINGS | AUGMENTATION:
                raise ValueError(f"there is no setting {name!r}")
        return replace(self, **given, augmentation=replace(self.augmentation, **nested))

    def size_in(self, epoch: int) -> int:
        """Side of the faces in that epoch, counted from 1."""
        return self.small_size if epoch <= self.small_epochs else self.size

    def work_in(self, epoch: int) -> float:
        """The cost of a face in that epoch, relative to one of the full size."""
        return (self.size_in(epoch) / self.size) ** 2

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `changed` and JSON take them."""
        return {**asdict(self), "head": list(self.head), "teacher": list(self.teacher)}


SETTINGS = {each.name: each for each in fields(Settings) if each.name != "augmentation"}
AUGMENTATION = {each.name: each for each in fields(Augmentation)}


def make_settings(
    file: Path | None, flags: Mapping[str, Any], begun: Mapping[str, Any] | None = None
) -> Settings:
    """The defaults, changed by those of a run that was begun, the file, and flags, in this order.

    Raises:
        ValueError: the file cannot be read, or a value is not allowed.
    """
    from_file = read_settings(file) if file else {}
    given = {name: flags[name] for name in (*SETTINGS, *AUGMENTATION) if name in flags}
    return Settings().changed(dict(begun or {})).changed({**from_file, **given})


def read_settings(path: Path) -> dict[str, Any]:
    """The settings in a JSON file, or in a checkpoint's config.json.

    Raises:
        ValueError: the file does not hold JSON settings; the message names it.
    """
    content = _read_json(path)
    content = content.get("training", content) if isinstance(content, dict) else content
    if not isinstance(content, dict):
        raise ValueError(f'{path}: holds no settings; write {{"epochs": 20, ...}}')
    return with_current_names(content)


def read_earlier(path: Path) -> list[Settings]:
    """The settings of the earlier runs that such a file lists, the first one first.

    Raises:
        ValueError: the file cannot be read, or a value is not allowed.
    """
    content = _read_json(path)
    listed = content.get("earlier", []) if isinstance(content, dict) else []
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError(f"{path}: earlier is a list of groups of settings")
    return [Settings().changed(with_current_names(each)) for each in listed]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
