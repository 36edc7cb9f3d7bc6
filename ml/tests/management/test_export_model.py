import io
import json

import numpy as np
import onnxruntime
import pytest
import torch
from django.core.management import CommandError, call_command

from ml.attributes import NAMES
from ml.networks.checkpoint import read_config
from ml.networks.exported import load_exported
from ml.networks.inference import answer
from ml.networks.weights import load_checkpoint


def export_model(*arguments) -> str:
    output = io.StringIO()
    call_command("export_model", *(str(argument) for argument in arguments), stdout=output)
    return output.getvalue()


def test_without_data_a_float32_engine_is_written(checkpoint):
    said = export_model(checkpoint)

    assert said.startswith(f"{checkpoint / 'engine.onnx'}: 0.")
    assert "MB, float32; compared with torch on 8 faces" in said
    assert load_exported(checkpoint, read_config(checkpoint)).facts["precision"] == "float32"


def test_with_data_int8_is_tried_and_the_card_tells(checkpoint, celeba):
    said = export_model(checkpoint, "--data-dir", celeba, "--quiet")

    assert "compared with torch on 8 faces" in said
    assert "and its accuracy by" in said
    assert said.split("MB, ")[1].strip() in (checkpoint / "card.md").read_text()


def test_another_file_gets_the_network_and_the_checkpoint_stays_as_it_is(checkpoint, tmp_path):
    before = {path.name for path in checkpoint.iterdir()}
    file = tmp_path / "elsewhere" / "model.onnx"

    said = export_model(checkpoint, "--onnx", file)

    session = onnxruntime.InferenceSession(file)
    faces = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), np.uint8)
    (answers,) = session.run(["probabilities"], {"faces": faces})
    model, config = load_checkpoint(checkpoint)
    expected = answer(model, config, torch.from_numpy(faces), torch.device("cpu"))
    assert np.allclose(answers, expected, atol=1e-4)
    names = json.loads(session.get_modelmeta().custom_metadata_map["attributes"])
    assert names == list(NAMES)
    assert said.startswith(f"{file}: ")
    assert {path.name for path in checkpoint.iterdir()} == before


def test_a_folder_is_refused_as_the_file(checkpoint, tmp_path):
    assert "is a folder; name a file" in refused(checkpoint, "--onnx", tmp_path)


def refused(*arguments) -> str:
    """What the command says when it refuses these arguments as wrong."""
    with pytest.raises(CommandError) as error:
        export_model(*arguments)
    assert error.value.returncode == 2
    return str(error.value)


def test_int8_needs_data(checkpoint):
    assert "needs --data-dir" in refused(checkpoint, "--precision", "int8")


def test_what_is_no_checkpoint_is_refused(tmp_path):
    assert "no checkpoint here" in refused(tmp_path)


def test_data_without_valid_faces_are_refused(checkpoint, celeba):
    (celeba / "list_eval_partition.csv").unlink()

    assert "the valid partition has no faces" in refused(checkpoint, "--data-dir", celeba)
