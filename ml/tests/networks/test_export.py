from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from ml.attributes import NAMES
from ml.files import replacing_file
from ml.networks import export
from ml.networks.architectures import build_network
from ml.networks.checkpoint import ENGINE, CheckpointError, check_output, read_config
from ml.networks.export import Sample, export_engine
from ml.networks.exported import load_exported
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint, save_checkpoint

CPU = torch.device("cpu")


@pytest.fixture
def valid(checkpoint) -> Sample:
    """Faces of noise, with the answers of the tiny network as their labels."""
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (24, 3, 32, 32), dtype=torch.uint8, generator=random)
    return Sample(pixels, by_torch(checkpoint, pixels) >= 0.5)


def by_torch(folder, pixels) -> np.ndarray:
    model, config = load_checkpoint(folder)
    return answer(model, config, pixels, CPU)


def by_engine(folder, pixels) -> np.ndarray:
    return load_exported(folder, read_config(folder))(pixels.numpy())


def test_int8_answers_nearly_as_torch_does(checkpoint, valid, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_LOSS", 0.05)  # the answers to noise are close ones

    exported = export_engine(checkpoint, valid)

    found, expected = by_engine(checkpoint, valid.pixels), by_torch(checkpoint, valid.pixels)
    assert exported.precision == "int8"
    assert 0 < np.abs(found - expected).mean() < 0.02
    assert exported.difference == pytest.approx(np.abs(found - expected).mean(), abs=1e-6)
    assert load_exported(checkpoint, read_config(checkpoint)).facts["precision"] == "int8"


def test_every_layer_is_computed_in_int8(checkpoint, valid, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_LOSS", 1.0)

    export_engine(checkpoint, valid)

    nodes = onnx.load(checkpoint / "engine.onnx").graph.node
    made_by = {output: node.op_type for node in nodes for output in node.output}
    layers = [node for node in nodes if node.name.startswith(export.SCOPE)]
    layers = [layer for layer in layers if layer.op_type in ("Conv", "Gemm")]
    assert len(layers) == 13 + 2
    for layer in layers:  # input, weights and bias
        assert [made_by.get(name) for name in layer.input] == ["DequantizeLinear"] * 3


def test_int8_that_loses_too_much_becomes_float32(checkpoint, valid, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_LOSS", -0.1)

    exported = export_engine(checkpoint, valid)

    assert exported.precision == "float32"
    assert "float32, because int8 would lose" in str(exported)
    assert np.allclose(by_engine(checkpoint, valid.pixels), by_torch(checkpoint, valid.pixels))


def test_without_labeled_faces_or_if_told_so_it_is_float32(checkpoint, valid):
    assert export_engine(checkpoint).precision == "float32"
    assert export_engine(checkpoint, valid, "float32").precision == "float32"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "channels"), [("VGG16", 3), ("PlainCNN", 1), ("ResNet50", 3)]
)
def test_architectures_are_exported_with_mirror_images_and_temperatures(
    tmp_path, checkpoint, architecture, channels
):
    torch.manual_seed(0)
    width = 1.0 if architecture.startswith("ResNet") else 1 / 16
    network = {"size": 40, "channels": channels, "width": width, "head": [16]}
    changes = {"flip_average": True, "temperatures": dict.fromkeys(NAMES, 0.7)}
    config = read_config(checkpoint) | changes | {"architecture": architecture, "network": network}
    save_checkpoint(tmp_path / "new", build_network(architecture, **network), config)
    pixels = torch.randint(0, 256, (3, channels, 40, 40), dtype=torch.uint8)

    export_engine(tmp_path / "new")

    expected = by_torch(tmp_path / "new", pixels)
    assert np.allclose(by_engine(tmp_path / "new", pixels), expected, atol=1e-4)


def test_an_engine_softens_as_its_config_says(checkpoint):
    config = read_config(checkpoint)
    pixels = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    model, _ = load_checkpoint(checkpoint)
    export_engine(checkpoint)
    softened = by_engine(checkpoint, pixels)

    save_checkpoint(checkpoint, model, {**config, "softened": False})
    export_engine(checkpoint)

    assert np.allclose(by_engine(checkpoint, pixels), by_torch(checkpoint, pixels), atol=1e-5)
    assert not np.allclose(by_engine(checkpoint, pixels), softened, atol=1e-5)


def test_an_engine_that_softens_is_refused_beside_a_config_that_does_not(checkpoint):
    export_engine(checkpoint)
    config = read_config(checkpoint)

    with pytest.raises(CheckpointError, match="was exported from other weights"):
        load_exported(checkpoint, {**config, "softened": False})


def test_an_export_that_answers_differently_is_not_written(checkpoint, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_ERROR", 0.0)

    with pytest.raises(CheckpointError, match="the exported VGG16 answers differently"):
        export_engine(checkpoint)
    assert not (checkpoint / "engine.onnx").exists()


def test_a_checkpoint_with_its_engine_may_be_replaced(checkpoint):
    export_engine(checkpoint)

    check_output(checkpoint)


def test_so_may_one_whose_export_was_killed(checkpoint):
    with replacing_file(checkpoint / ENGINE) as partial:
        partial.touch()

        check_output(checkpoint)


def test_a_sample_spreads_over_all_faces():
    sample = Sample(torch.arange(10), np.arange(10))

    assert sample.spread(4).pixels.tolist() == [0, 3, 6, 9]
    assert sample.spread(99).targets.tolist() == list(range(10))
    assert replace(sample, targets=None).spread(2).pixels.tolist() == [0, 9]
