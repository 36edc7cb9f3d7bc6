"""What the tests of `analyse_photos` share: two models, and photos that each answers otherwise."""

import io

import numpy as np
from django.core.management import call_command

from gallery.analysis import analyse as analysis
from gallery.models import Face, Photo
from gallery.tests.factories import make_stored_photo, make_version
from ml.attributes import NAMES
from ml.models import ModelVersion

SMILING, MALE = NAMES.index("Smiling"), NAMES.index("Male")


class Model:
    """Says of every face that it smiles with this probability, is male with that one."""

    def __init__(self, smiling: float, male: float) -> None:
        self.row = np.full(40, 0.125)
        self.row[SMILING], self.row[MALE] = smiling, male

    def predict(self, images):
        return np.tile(self.row, (len(images), 1))


MODELS = {"old": Model(0.875, 0.125), "new": Model(0.125, 0.5)}


def activate(name: str) -> ModelVersion:
    ModelVersion.objects.update(is_active=False)
    known = ModelVersion.objects.filter(name=name)
    known.update(is_active=True)
    return known.first() or make_version(name=name)


def library(count: int, **kwargs) -> list[Photo]:
    """Photos that the active model has answered for."""
    photos = [make_stored_photo(**kwargs) for _ in range(count)]
    work()
    return photos


def work(*_) -> None:
    """Analyse all that waits, as the worker does."""
    while analysis.analyse_batch():
        pass


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("analyse_photos", *arguments, stdout=out)
    return out.getvalue()


def smiles() -> list[float]:
    return [face.smiling for face in Face.objects.all()]


def interrupt(*_):
    raise KeyboardInterrupt
