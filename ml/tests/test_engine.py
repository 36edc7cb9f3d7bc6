import logging

import numpy as np
import pytest
import torch
from PIL import Image

from ml.engine import Engine, EngineError, get_engine, score
from ml.faces.boxes import FaceBox, Sighting
from ml.networks.checkpoint import load_checkpoint
from ml.tests.conftest import draw_face, make_checkpoint

pytestmark = pytest.mark.usefixtures("no_engine")


def test_images_of_any_size_and_mode_give_forty_probabilities_each(checkpoint):
    images = [Image.new("L", (178, 218), 90), Image.new("RGBA", (40, 40)), Image.new("RGB", (9, 7))]

    probabilities = get_engine(checkpoint).predict(images)

    assert probabilities.shape == (3, 40)
    assert probabilities.dtype == np.float32
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_an_answer_does_not_depend_on_its_batch(checkpoint):
    engine = get_engine(checkpoint)
    faces = [draw_face(bool(n & 1), bool(n & 2), (89, 109), n) for n in range(4)]

    together = engine.predict(faces)
    alone = np.concatenate([engine.predict([face]) for face in faces])

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
    boxes = [FaceBox(0.1 * n, 0.1, 0.2, 0.2, 0.9, "haar") for n in range(len(seeds))]
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
        def predict(self, images):
            return np.full(shape, 0.5)

    with pytest.raises(EngineError):
        score([sighting(0), sighting(1)], Odd())


class Constant(torch.nn.Module):
    """A network that answers the same whatever it is shown."""

    def __init__(self, value: float, outputs: int) -> None:
        super().__init__()
        self.value, self.outputs = value, outputs

    def forward(self, faces):
        return torch.full((len(faces), self.outputs), self.value)


@pytest.mark.parametrize(("value", "outputs"), [(float("nan"), 40), (0.0, 39)])
def test_outputs_that_are_no_probabilities_are_refused(checkpoint, value, outputs):
    _, config = load_checkpoint(checkpoint)
    engine = Engine(Constant(value, outputs), config, torch.device("cpu"))

    with pytest.raises(EngineError):
        engine.predict([Image.new("RGB", (32, 32))])
