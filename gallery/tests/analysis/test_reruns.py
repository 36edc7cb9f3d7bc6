"""Re-runs: how changes are counted, what a sample shows, and what a report compares."""

import pytest

from gallery.analysis import jobs, reruns
from gallery.analysis.analyse import Analyst
from gallery.analysis.reruns import Changes, Deciders
from gallery.answers.corrections import answer
from gallery.models import Face, Photo
from gallery.tests.factories import make_face, make_version
from gallery.tests.reruns import activate, library, work
from ml.attributes import NAMES

ALL_NO = ["no"] * len(NAMES)


def but(**decisions: str) -> list[str]:
    """No to all attributes but to these."""
    return [decisions.get(name, "no") for name in NAMES]


# --- Counting


def test_a_face_with_other_decisions_has_changed():
    changes = Changes()

    moves = changes.compare(but(Smiling="yes"), but(Smiling="unsure", Male="yes"), [])

    assert moves == [("Male", "no", "yes"), ("Smiling", "yes", "unsure")]
    assert (changes.faces, changes.changed) == (1, 1)
    assert changes.of("Smiling") == (0, 0, 1, 0, 0)
    assert changes.of("Male") == (0, 1, 0, 0, 0)


def test_a_face_with_the_same_decisions_is_counted_only():
    changes = Changes()

    assert changes.compare(ALL_NO, ALL_NO, []) == []
    assert (changes.faces, changes.changed) == (1, 0)


def test_what_a_person_answered_does_not_change():
    changes = Changes()

    assert changes.compare(ALL_NO, but(Smiling="yes"), ["Smiling"]) == []
    assert (changes.changed, changes.of("Smiling")) == (0, (0, 0, 0, 0, 1))


def test_each_direction_has_its_column():
    changes = Changes()
    for before, after in (("yes", "no"), ("no", "yes"), ("no", "unsure"), ("unsure", "yes")):
        changes.compare(but(Bald=before), but(Bald=after), [])

    assert changes.of("Bald") == (1, 1, 1, 1, 0)


@pytest.mark.django_db
def test_a_faces_decisions_are_by_its_own_version():
    strict, lenient = (
        make_version(is_active=False, thresholds={name: {"yes": yes, "no": 0.4} for name in NAMES})
        for yes in (0.8, 0.6)
    )

    faces = [make_face(smiling=0.7, model_version=version) for version in (strict, lenient)]

    smiling = NAMES.index("Smiling")
    assert [Deciders().of(face)[smiling] for face in faces] == ["unsure", "yes"]


# --- Sample and report


def test_a_sample_is_the_same_each_time(on_the_old_model):
    library(6)
    seen = []

    class Recorder(Analyst):
        def find_faces(self, picture, known):
            seen.append(known.faces)
            return super().find_faces(picture, known)

    analyst = Recorder(on_the_old_model.model, on_the_old_model.detector)
    for _ in range(2):
        size, _ = reruns.preview(Photo.objects.all(), 3, analyst, analyst.model.load())
        assert size == 3

    assert len(seen) == 6
    assert seen[:3] == seen[3:]


def test_a_report_compares_with_what_held_when_the_photo_was_queued(on_the_old_model, person):
    kept, changed = library(2)
    answer(Face.objects.filter(photo=kept), "Smiling", True, person)
    answer(Face.objects.filter(photo=kept), "Male", False, person)
    version, changes = activate("new"), Changes()
    reruns.queue(Photo.objects.all(), version)
    work()

    listed = dict(reruns.report(version, changes))

    assert list(listed) == [changed.faces.get()]
    assert (changes.faces, changes.changed, changes.kept.total()) == (2, 1, 2)


def test_queueing_rings_for_the_worker(on_the_old_model, monkeypatch):
    library(1)
    rings = []
    monkeypatch.setattr(jobs, "ring", lambda: rings.append(Photo.objects.queued().count()))

    assert reruns.queue(Photo.objects.all(), activate("new")) == 1

    assert rings == [1]
