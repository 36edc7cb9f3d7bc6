"""`pred` and `best_pred`, for programs and notebooks."""

import subprocess
import sys

import pytest
from django.conf import settings
from PIL import Image

from ml import best_pred, pred
from ml.attributes import NAMES
from ml.data.drawing import draw_face
from ml.prediction import Unreadable

pytestmark = pytest.mark.usefixtures("no_engine")


def test_a_file_gets_the_probability_of_each_attribute(tmp_path):
    file = tmp_path / "face.png"
    draw_face({"Smiling"}, (178, 218), 0).save(file)

    found = pred(str(file))

    assert tuple(found) == NAMES
    assert all(0 <= value <= 1 for value in found.values())
    assert pred(file) == pred(Image.open(file)) == found


def test_the_best_are_those_from_three_quarters_up_the_most_probable_first():
    face = draw_face({"Smiling"}, (178, 218), 0)

    best = best_pred(face)

    wanted = {name: value for name, value in pred(face).items() if value >= 0.75}
    assert best == wanted
    assert list(best.values()) == sorted(best.values(), reverse=True)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")

    with pytest.raises(Unreadable, match="not a picture"):
        pred(tmp_path / "notes.jpg")


def test_importing_ml_alone_loads_nothing_else():
    code = "import sys, ml; sys.exit(any(m in sys.modules for m in ('numpy', 'PIL', 'torch')))"

    assert subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR).returncode == 0


def test_another_name_is_no_part_of_ml():
    import ml

    with pytest.raises(AttributeError, match="no attribute 'predict'"):
        _ = ml.predict
