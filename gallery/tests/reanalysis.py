"""What the tests that analyse a photo again share: a detector that is told what to find."""

import pytest

from gallery.analysis import analyse as analysis
from gallery.models import Face, Photo
from gallery.tests.factories import make_stored_photo
from ml.faces import detectors as faces
from ml.faces.detectors import WHOLE_PICTURE, FaceBox


def box(x: float, y: float = 0.1, side: float = 0.2, detector: str = "haar") -> FaceBox:
    """A square box on the square test picture."""
    return FaceBox(x, y, side, side, 0.9, detector)


def finds(monkeypatch: pytest.MonkeyPatch, *boxes: FaceBox) -> None:
    """From now on the detector finds these boxes, or nothing."""
    monkeypatch.setattr(faces, "find_faces", lambda *_: list(boxes) or [WHOLE_PICTURE])


def analyse(photo: Photo) -> list[Face]:
    """Analyse a photo once more. Returns its faces."""
    Photo.objects.filter(pk=photo.pk).update(status=Photo.Status.QUEUED, attempts=0)
    assert analysis.analyse_batch() == 1
    photo.refresh_from_db()
    assert photo.status == Photo.Status.READY, photo.failure
    assert photo.face_count == photo.faces.exclude(detector="whole").count()
    return list(photo.faces.all())


def analysed(monkeypatch: pytest.MonkeyPatch, *boxes: FaceBox, **kwargs) -> Photo:
    """A photo in which the detector has found these boxes."""
    photo = make_stored_photo(width=512, height=512, **kwargs)
    finds(monkeypatch, *boxes)
    analyse(photo)
    return photo


def only(face: Face):
    """The queryset of one face."""
    return Face.objects.filter(pk=face.pk)


def places(photo: Photo) -> list[float]:
    """Where the photo's faces begin, from the left, in the order of the page."""
    return [round(face.x, 4) for face in photo.faces.all()]
