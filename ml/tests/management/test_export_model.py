import io

import pytest
from django.core.management import CommandError, call_command

from ml.networks.checkpoint import read_config
from ml.networks.exported import load_exported


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
