"""Write a checkpoint's `engine.onnx`: its network in the form that serves without torch.

Convolutions and matrix products are computed in int8 if that costs almost no accuracy, else in
float32. What is written was compared with the network in torch.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn

from ml.files import replacing_file
from ml.hardware.devices import on_device
from ml.hardware.distributed import default_device
from ml.hardware.exporting import export_network
from ml.networks.checkpoint import ENGINE, CheckpointError
from ml.networks.exported import ATTRIBUTES, FACTS, INPUT, ORIGIN, OUTPUT, ExportedEngine, origin
from ml.networks.inference import Answering, answer, answering
from ml.networks.weights import load_checkpoint

PRECISIONS = ("int8", "float32")
SCOPE = "/network/"  # of the names of what `Answering.network` computes
LARGEST_LOSS = 0.001  # of accuracy, by int8: a tenth of a point
LARGEST_ERROR = 1e-3  # of a probability, by float32; rounding makes about 1e-6
CALIBRATION = 512  # faces on which the range of each layer's output is measured
COMPARED = 2048  # faces: they tell what int8 costs to about 0.02 points
FEW = 8  # faces: enough to see that the exported network is the same one, and for one batch


@dataclass(frozen=True)
class Sample:
    """(N, C, S, S) uint8 faces, and their (N, 40) labels if they are known."""

    pixels: torch.Tensor
    targets: np.ndarray | None = None

    def spread(self, count: int) -> Self:
        """At most `count` of the faces, from the first to the last one."""
        rows = np.unique(np.linspace(0, len(self.pixels) - 1, count).round().astype(int))
        targets = None if self.targets is None else self.targets[rows]
        return replace(self, pixels=self.pixels[torch.from_numpy(rows)], targets=targets)


@dataclass(frozen=True)
class Export:
    """What an exported engine computes in, and how its answers differ from the network's in torch.

    Args:
        precision: one of PRECISIONS.
        faces: how many were compared.
        difference: the mean difference of their probabilities.
        accuracy_lost: the share of right answers lost; negative if there are more. None: no labels.
        int8_lost: what int8 would have lost; None if it was not tried, or is what was written.
    """

    precision: str
    faces: int
    difference: float
    accuracy_lost: float | None = None
    int8_lost: float | None = None

    def __str__(self) -> str:
        words = self.precision
        if self.int8_lost is not None:
            words += f", because int8 would lose {100 * self.int8_lost:.2f} points of accuracy"
        words += f"; compared with torch on {self.faces} faces, "
        words += f"its probabilities differ by {self.difference:.4f} on average"
        if self.accuracy_lost is not None:
            change = round(-100 * self.accuracy_lost, 2) + 0.0  # + 0.0 turns -0.0 into 0.0
            words += f", and its accuracy by {change:+.2f} points"
        return words


def export_engine(
    folder: Path,
    valid: Sample | None = None,
    precision: str = "int8",
    *,
    into: Path | None = None,
) -> Export:
    """Write the engine of a checkpoint into its folder, or into another file.

    Args:
        folder: the checkpoint.
        valid: labeled faces of the valid partition; without them the precision is float32.
        precision: "int8", which gives way to "float32" if it loses more than LARGEST_LOSS.
        into: the file, instead of the checkpoint's own, which then stays as it is.

    Raises:
        CheckpointError: the checkpoint cannot be loaded, or once exported answers differently.
        OSError: the disk is full or cannot be written.
    """
    file = into or folder / ENGINE
    model, config = load_checkpoint(folder)
    sample = valid.spread(COMPARED) if valid else _noise(config["network"])
    device = default_device()
    expected = answer(on_device(model, device), config, sample.pixels, device)
    int8_lost = None
    with tempfile.TemporaryDirectory() as room:
        whole, reduced = Path(room, "float32.onnx"), Path(room, "int8.onnx")
        _write_float32(answering(model.cpu(), config).eval(), sample.spread(FEW).pixels, whole)
        if valid and precision == "int8":
            _write_int8(whole, reduced, valid.spread(CALIBRATION).pixels)
            export = _compare(reduced, "int8", sample, expected)
            int8_lost = export.accuracy_lost or 0.0
            if int8_lost <= LARGEST_LOSS:
                _store(reduced, file, config, export)
                return export
        export = replace(_compare(whole, "float32", sample, expected), int8_lost=int8_lost)
        _store(whole, file, config, export)
    return export


def _noise(network: dict[str, Any]) -> Sample:
    shape = (FEW, network["channels"], network["size"], network["size"])
    random = torch.Generator().manual_seed(0)
    return Sample(torch.randint(0, 256, shape, dtype=torch.uint8, generator=random))


def _write_float32(network: Answering, pixels: torch.Tensor, file: Path) -> None:
    """Export to `file`, and check on a few faces that the answers are the same.

    Raises:
        CheckpointError: they are not.
    """
    _put_pooling_last(network)
    export_network(network, pixels, file, taken=INPUT, given=OUTPUT, free=(0,))
    with torch.inference_mode():
        expected = network(pixels).numpy()
    if not np.abs(ExportedEngine(file)(pixels.numpy()) - expected).max() < LARGEST_ERROR:
        raise CheckpointError(f"the exported {type(network.network).__name__} answers differently")


def _put_pooling_last(network: nn.Module) -> None:
    """Swap each pooling with the ReLU that follows it, which gives the same result.

    In int8 the range of a convolution's output is then that of what the ReLU leaves, and both are
    computed at once.
    """
    for trunk in network.modules():
        if isinstance(trunk, nn.Sequential):
            for at, (first, second) in enumerate(pairwise(list(trunk))):
                if isinstance(first, nn.MaxPool2d) and isinstance(second, nn.ReLU):
                    trunk[at], trunk[at + 1] = second, first


def _write_int8(whole: Path, file: Path, pixels: torch.Tensor) -> None:
    """Quantize the network, and not what comes before and after it."""
    # Gives each layer a bias of its own: one that several layers share is not quantized, and then
    # those layers are not either. torch's exporter stores equal biases once.
    prepared = file.with_suffix(".prepared")
    quant_pre_process(whole, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        file,
        Calibration(pixels),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        # Weights of 7 bits: sums of 8 bits overflow on processors without VNNI.
        reduce_range=True,
        nodes_to_quantize=[
            node.name for node in onnx.load(prepared).graph.node if node.name.startswith(SCOPE)
        ],
    )


class Calibration(CalibrationDataReader):  # type: ignore[misc]
    """Hands out faces in small batches: calibration keeps the output of each layer."""

    def __init__(self, pixels: torch.Tensor) -> None:
        self._batches: Iterator[torch.Tensor] = iter(torch.split(pixels, FEW))

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch; None after the last one."""
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch.contiguous().numpy()}


def _compare(file: Path, precision: str, sample: Sample, expected: np.ndarray) -> Export:
    found = ExportedEngine(file)(sample.pixels.numpy())
    lost = None
    if sample.targets is not None:
        right, still = ((each >= 0.5) == sample.targets for each in (expected, found))
        lost = float(right.mean() - still.mean())
    return Export(precision, len(found), float(np.abs(found - expected).mean()), lost)


def _store(file: Path, destination: Path, config: dict[str, Any], export: Export) -> None:
    model = onnx.load(file)
    facts = {ORIGIN: origin(config), FACTS: asdict(export), ATTRIBUTES: config["attributes"]}
    for key, value in facts.items():
        model.metadata_props.add(key=key, value=json.dumps(value))
    destination.parent.mkdir(parents=True, exist_ok=True)
    with replacing_file(destination) as partial:
        onnx.save(model, partial)
