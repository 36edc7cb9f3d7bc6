import json
import logging
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from django.conf import settings
from PIL import Image

from ml.attributes import NAMES
from ml.engine import Engine, EngineError, get_engine, load_engine, score
from ml.faces.boxes import FaceBox, Sighting
from ml.networks.checkpoint import CheckpointError, read_config
from ml.networks.export import export_engine
from ml.networks.exported import load_exported
from ml.preprocessing import celeba_square, crop_square, stack
from ml.tests.conftest import TINY, draw_face, make_checkpoint

pytestmark = pytest.mark.usefixtures("no_engine")


def test_images_of_any_size_and_mode_give_forty_probabilities_each(checkpoint):
    images = [Image.new("L", (178, 218), 90), Image.new("RGBA", (40, 40)), Image.new("RGB", (9, 7))]

    probabilities = get_engine(checkpoint).predict(images)

    assert probabilities.shape == (3, 40)
    assert probabilities.dtype == np.float32
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_an_answer_does_not_depend_on_its_batch(checkpoint):
    engine = get_engine(checkpoint)

    together = engine.predict(faces())
    alone = np.concatenate([engine.predict([face]) for face in faces()])

    assert np.allclose(together, alone, atol=1e-5)


def test_no_images_give_no_rows(checkpoint):
    assert get_engine(checkpoint).predict([]).shape == (0, 40)


def test_the_engine_is_loaded_once(checkpoint, caplog):
    caplog.set_level(logging.INFO, logger="ml.engine")

    engines = {id(get_engine(checkpoint)) for _ in range(3)}

    assert len(engines) == 1
    assert sum("loaded model" in line for line in caplog.messages) == 1


def test_another_folder_is_loaded_in_its_place(checkpoint, tmp_path):
    first = get_engine(checkpoint)

    second = get_engine(make_checkpoint(tmp_path / "other", seed=1))

    assert first.sha256 != second.sha256


def sighting(*seeds: int) -> Sighting:
    """A picture's faces, drawn with these seeds."""
    boxes = [FaceBox(0.1 * n, 0.1, 0.2, 0.2, 0.9, "finder") for n in range(len(seeds))]
    crops = [draw_face(bool(seed & 1), bool(seed & 2), (89, 109), seed) for seed in seeds]
    return Sighting(boxes, dict(zip(boxes, crops, strict=True)))


def test_scores_go_to_the_faces_that_they_are_of(checkpoint):
    engine, sightings = get_engine(checkpoint), [sighting(0, 1), sighting(), sighting(2)]

    scores = score(sightings, engine)

    assert [list(one) for one in scores] == [list(one.crops) for one in sightings]
    for one, seen in zip(scores, sightings, strict=True):
        for box, crop in seen.crops.items():
            assert np.allclose(one[box], engine.predict([crop])[0], atol=1e-5)


def test_without_a_face_the_engine_is_not_asked():
    class Silent:
        def predict(self, images):
            raise AssertionError("it was asked")

    assert score([sighting(), sighting()], Silent()) == [{}, {}]


@pytest.mark.parametrize("shape", [(1, 40), (3, 40), (2, 39)])
def test_scores_that_do_not_fit_the_faces_are_refused(shape):
    class Odd:
        attributes = NAMES

        def predict(self, images):
            return np.full(shape, 0.5)

    with pytest.raises(EngineError):
        score([sighting(0), sighting(1)], Odd())


@pytest.mark.parametrize(("value", "outputs"), [(float("nan"), 40), (0.5, 39)])
def test_outputs_that_are_no_probabilities_are_refused(checkpoint, value, outputs):
    config = read_config(checkpoint)
    engine = Engine(lambda faces: np.full((len(faces), outputs), value), config, "a test")

    with pytest.raises(EngineError):
        engine.predict([Image.new("RGB", (32, 32))])


# --- What computes


@pytest.fixture
def exported(checkpoint):
    """The tiny checkpoint with its exported engine."""
    export_engine(checkpoint)
    return checkpoint


def faces() -> list[Image.Image]:
    return [draw_face(bool(n & 1), bool(n & 2), (89, 109), n) for n in range(11)]


def squares() -> np.ndarray:
    """The faces as the network is shown them."""
    return stack([crop_square(im, celeba_square(*im.size), TINY["size"]) for im in faces()])


def test_without_a_gpu_the_exported_engine_answers_as_torch_does(checkpoint):
    by_torch = load_engine(checkpoint)
    export_engine(checkpoint)

    engine = load_engine(checkpoint)

    assert engine.runtime == "ONNX Runtime, float32"
    assert np.allclose(engine.predict(faces()), by_torch.predict(faces()), atol=1e-5)


def test_the_exported_engine_answers_for_a_face_whatever_its_batch(exported):
    engine = load_engine(exported)

    alone = np.concatenate([engine.predict([face]) for face in faces()])

    assert np.array_equal(engine.predict(faces()), alone)


def test_on_a_gpu_torch_answers(exported, monkeypatch):
    monkeypatch.setattr("ml.engine.has_gpu", lambda: True)

    assert load_engine(exported).runtime.startswith("torch, ")


@pytest.fixture
def gpu(monkeypatch):
    """There seems to be a GPU. Returns how to say what its answers raise."""
    monkeypatch.setattr("ml.engine.has_gpu", lambda: True)

    def fails(where: str, error: Exception) -> None:
        def fail(*arguments):
            raise error

        monkeypatch.setattr(f"ml.hardware.graphs.FixedBatches.{where}", fail)

    return fails


FAILURES = [
    torch.OutOfMemoryError("CUDA out of memory"),
    torch.AcceleratorError("CUDA error: unspecified launch failure"),
]


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["__init__", "__call__"])
def test_if_the_gpu_fails_the_cpu_answers_and_the_log_says_so(exported, gpu, caplog, error, where):
    gpu(where, error)

    found = load_engine(exported).predict(faces())

    assert np.array_equal(found, load_exported(exported, read_config(exported))(squares()))
    assert f"the GPU failed, so the CPU computes until the process starts again: {error}" in (
        caplog.text
    )


def test_a_gpu_that_failed_is_not_asked_again(exported, gpu, caplog):
    gpu("__call__", FAILURES[0])
    engine = load_engine(exported)

    for _ in range(3):
        engine.predict(faces())

    assert engine.runtime == "ONNX Runtime, float32"
    assert caplog.text.count("the GPU failed") == 1


def test_a_gpu_does_not_hide_that_a_checkpoint_is_damaged(exported, gpu):
    (exported / "model.safetensors").write_bytes(b"")

    with pytest.raises(CheckpointError):
        load_engine(exported)


def test_without_an_exported_engine_torch_answers_and_the_log_says_so(checkpoint, caplog):
    engine = load_engine(checkpoint)

    assert engine.runtime.startswith("torch, ")
    assert "has no engine.onnx, so torch computes" in caplog.text
    assert f"export_model {checkpoint}" in caplog.text


def test_an_engine_of_other_weights_is_refused(exported, tmp_path):
    other = make_checkpoint(tmp_path / "other", seed=1)
    shutil.copy(exported / "engine.onnx", other)

    with pytest.raises(CheckpointError, match="exported from other weights.*export_model"):
        load_engine(other)


def test_an_engine_of_another_calibration_is_refused(exported):
    config = read_config(exported) | {"flip_average": True}
    (exported / "config.json").write_text(json.dumps(config))

    with pytest.raises(CheckpointError, match="another calibration"):
        load_engine(exported)


def test_a_damaged_engine_is_refused(exported):
    engine = exported / "engine.onnx"
    engine.write_bytes(engine.read_bytes()[:1000])

    with pytest.raises(CheckpointError, match="not an ONNX network.*export_model"):
        load_engine(exported)


PREDICT = """
import sys
sys.modules["torch"] = None  # importing it now fails, as if it were not installed
from pathlib import Path
from PIL import Image
from ml.engine import get_engine
print(get_engine(Path(sys.argv[1])).predict([Image.new("RGB", (90, 90))]).shape)
"""


def predict_without_torch(folder) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PREDICT, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=settings.BASE_DIR)


@pytest.mark.slow
def test_the_exported_engine_needs_no_torch(exported):
    outcome = predict_without_torch(exported)

    assert (outcome.returncode, outcome.stdout) == (0, "(1, 40)\n"), outcome.stderr


@pytest.mark.slow
def test_without_torch_a_missing_engine_is_told_with_its_remedy(checkpoint):
    outcome = predict_without_torch(checkpoint)

    last = outcome.stderr.splitlines()[-1]
    assert "has no engine.onnx" in last
    assert f"where torch is installed, run `manage.py export_model {checkpoint}`" in last
