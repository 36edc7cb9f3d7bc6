"""What the tests of `analyse_photos` share: two models, and photos that each answers otherwise."""

import io

import numpy as np
from django.core.management import call_command

from gallery.analysis import jobs
from gallery.models import Face, Photo
from gallery.tests.factories import make_stored_photo, make_version
from ml.attributes import NAMES
from ml.models import ModelVersion

SMILING, MALE = NAMES.index("Smiling"), NAMES.index("Male")


def row(smiling: float, male: float) -> np.ndarray:
    """40 probabilities, of which these two are not small."""
    values = np.full(40, 0.125)
    values[SMILING], values[MALE] = smiling, male
    return values


ANSWERS = {"old": row(0.875, 0.125), "new": row(0.125, 0.5)}  # what each model says of all faces


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
    """Analyze all that waits, as the worker does."""
    while jobs.analyst().analyse_batch():
        pass


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("analyse_photos", *arguments, stdout=out)
    return out.getvalue()


def smiles() -> list[float]:
    return [face.smiling for face in Face.objects.all()]


def interrupt(*_):
    raise KeyboardInterrupt
