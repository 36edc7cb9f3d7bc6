"""Write a network of torch as an ONNX file, which `ml.hardware.sessions` runs without torch."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

OPSET = 17  # of ONNX: 2022's, which every runtime of today reads


def export_network(
    network: nn.Module,
    example: torch.Tensor,
    file: Path,
    *,
    taken: str,
    given: str,
    free: Sequence[int],
) -> None:
    """Write a network with one input, named `taken`, and one output, named `given`.

    `free` are the dimensions that may have another size than in `example`, of both.
    """
    axes = {name: {axis: f"{name}_{axis}" for axis in free} for name in (taken, given)}
    with warnings.catch_warnings():
        # This exporter is called deprecated; its successor needs two more packages.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (example,),
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=[taken],
            output_names=[given],
            dynamic_axes=axes,
        )
