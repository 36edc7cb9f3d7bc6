import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from skimage import data

from ml.attributes import NAMES

pytestmark = pytest.mark.usefixtures("no_engine")


def run(*arguments) -> str:
    output = io.StringIO()
    call_command(*(str(argument) for argument in arguments), stdout=output)
    return output.getvalue()


@pytest.fixture
def portrait(tmp_path):
    path = tmp_path / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


def test_the_csv_of_a_prediction_has_the_box_and_the_forty_names(portrait, checkpoint):
    rows = list(
        csv.DictReader(
            run("predict", portrait, "--checkpoint", checkpoint, "--format", "csv").splitlines()
        )
    )

    assert list(rows[0]) == ["file", "face", "x", "y", "w", "h", *NAMES]
    assert rows[0]["file"] == str(portrait)
    assert float(rows[0]["x"]) == pytest.approx(0.35, abs=0.03)
    assert all(0 <= float(rows[0][name]) <= 1 for name in NAMES)


def test_best_keeps_what_is_above_the_threshold_most_probable_first(portrait, checkpoint):
    everything = json.loads(
        run("predict", portrait, "--checkpoint", checkpoint, "--format", "json")
    )[0]["probabilities"]
    cut = sorted(everything.values())[30]

    best = json.loads(
        run(
            *("predict", portrait, "--checkpoint", checkpoint, "--format", "json"),
            *("--best", "--threshold", cut),
        )
    )[0]["probabilities"]

    assert set(best) <= {name for name, value in everything.items() if value >= cut - 1e-4}
    assert list(best.values()) == sorted(best.values(), reverse=True)


def test_json_tells_how_far_the_face_is_turned_and_what_found_it(portrait, checkpoint):
    (face,) = json.loads(run("predict", portrait, "--checkpoint", checkpoint, "--format", "json"))

    assert abs(face["angle"]) < 15
    assert face["detector"] == "haar"


def test_a_detector_file_that_is_missing_is_told(portrait, checkpoint, tmp_path):
    with pytest.raises(CommandError, match="none.onnx: there is no such file"):
        run("predict", portrait, "--checkpoint", checkpoint, "--yunet", tmp_path / "none.onnx")


def test_the_table_names_each_face(portrait, checkpoint):
    assert f"{portrait}  face 1  x=0.3" in run("predict", portrait, "--checkpoint", checkpoint)


def test_a_file_that_is_no_picture_is_named_and_the_others_are_answered(
    portrait, checkpoint, tmp_path, capsys
):
    broken = tmp_path / "broken.jpg"
    broken.write_text("not a picture")
    output = io.StringIO()

    with pytest.raises(CommandError, match="broken.jpg: not a picture") as error:
        call_command(
            *("predict", str(broken), str(portrait), str(tmp_path / "none.jpg")),
            *("--checkpoint", str(checkpoint), "--format", "csv"),
            stdout=output,
        )

    assert error.value.returncode == 2
    assert "none.jpg" in str(error.value)
    assert str(portrait) in output.getvalue()


def test_a_threshold_outside_zero_to_one_is_refused(portrait, checkpoint):
    with pytest.raises(CommandError, match="from 0 to 1"):
        run("predict", portrait, "--checkpoint", checkpoint, "--best", "--threshold", "75")
