"""A model and a detector that do what a test tells them, and the analyst that works with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from gallery.analysis.analyse import Analyst
from gallery.analysis.model import Loaded
from gallery.models import Face, Photo
from gallery.tests.factories import make_stored_photo
from ml.attributes import NAMES
from ml.faces.boxes import Candidate
from ml.models import ModelVersion


def nothing() -> None:
    """What a test does in mid-analysis, unless it says otherwise."""


class FakeModel:
    """The active version with an engine that gives the answer it was told.

    The answer is a probability for all 40 attributes, a row of 40, a function from the number of
    faces to the array, or an exception, which is raised. By name, versions may answer differently.
    """

    on_gpu, attributes = False, NAMES

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.answer: Any = 0.25
        self.do = nothing

    def says(self, answer: Any, do: Callable[[], Any] = nothing) -> None:
        """Give this answer from now on, each time after `do` was done."""
        self.answer, self.do = answer, do

    def load(self) -> Loaded | None:
        self.version = ModelVersion.objects.active()
        return self.version and Loaded(self.version, self)

    def predict(self, images: list[Image.Image]) -> np.ndarray:
        self.do()
        answer = self.answers.get(self.version.name, self.answer)
        if isinstance(answer, BaseException):
            raise answer
        return answer(len(images)) if callable(answer) else np.full((len(images), 40), answer)


def box(x: float, y: float = 0.1, side: float = 0.2) -> Candidate:
    """What the detector is to find: its upper left corner and side, in fractions of the picture."""
    return Candidate(x=x + side / 2, y=y + side / 2, side=side, angle=0.0, score=0.9)


class FakeDetector:
    """Finds the boxes that it was told, whatever the picture shows."""

    def __init__(self) -> None:
        self.finds()

    def finds(self, *boxes: Candidate, by: str = "finder") -> None:
        """Find these boxes from now on, as a detector of that name."""
        self.boxes, self.name = boxes, by

    def find(self, image: Image.Image) -> list[Candidate]:
        scale = image.width  # and height: the test pictures are square
        return [
            replace(found, x=found.x * scale, y=found.y * scale, side=found.side * scale)
            for found in self.boxes
        ]


class Lab:
    """An analyst with a fake model and a fake detector, or with those that are given."""

    def __init__(self, model: Any = None, detector: Any = None) -> None:
        self.model = model or FakeModel()
        self.detector = detector or FakeDetector()
        self.analyst = Analyst(self.model, self.detector)

    def says(self, answer: Any, do: Callable[[], Any] = nothing) -> None:
        """See FakeModel."""
        self.model.says(answer, do)

    def finds(self, *boxes: Candidate, by: str = "finder") -> None:
        """See FakeDetector."""
        self.detector.finds(*boxes, by=by)

    def work(self) -> None:
        """Analyze all that waits, as the worker does."""
        while self.analyst.analyse_batch():
            pass

    def analyse(self, photo: Photo) -> list[Face]:
        """Analyze a photo once more. Returns its faces."""
        Photo.objects.filter(pk=photo.pk).update(status=Photo.Status.QUEUED, attempts=0)
        assert self.analyst.analyse_batch() == 1
        photo.refresh_from_db()
        assert photo.status == Photo.Status.READY, photo.failure
        assert photo.face_count == photo.faces.exclude(detector="whole").count()
        return list(photo.faces.all())

    def analysed(self, *boxes: Candidate, **kwargs: Any) -> Photo:
        """A photo in which the detector has found these boxes."""
        photo = make_stored_photo(width=512, height=512, **kwargs)
        self.finds(*boxes)
        self.analyse(photo)
        return photo


def only(face: Face):
    """The queryset of one face."""
    return Face.objects.filter(pk=face.pk)


def places(photo: Photo) -> list[float]:
    """Where the photo's faces begin, from the left, in the order of the page."""
    return [round(face.x, 4) for face in photo.faces.all()]
