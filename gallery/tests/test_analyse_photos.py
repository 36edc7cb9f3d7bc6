"""manage.py analyse_photos: a library on a new model."""

import io
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from gallery import analysis, reruns
from gallery.corrections import answer
from gallery.management.commands import analyse_photos
from gallery.models import Correction, Face, Photo
from gallery.tests.factories import make_photo, make_stored_photo, make_user, make_version, reload
from gallery.tests.reanalysis import box, finds
from ml.attributes import NAMES
from ml.models import ModelVersion

pytestmark = pytest.mark.django_db

SMILING, MALE = NAMES.index("Smiling"), NAMES.index("Male")


class Model:
    """Says of every face that it smiles with this probability, is male with that one."""

    def __init__(self, smiling: float, male: float) -> None:
        self.row = np.full(40, 0.125)
        self.row[SMILING], self.row[MALE] = smiling, male

    def predict(self, images):
        return np.tile(self.row, (len(images), 1))


MODELS = {"old": Model(0.875, 0.125), "new": Model(0.125, 0.5)}


@pytest.fixture(autouse=True)
def site(settings, tmp_path, monkeypatch):
    """A site whose one face a photo is found, and that is on the model "old"."""
    settings.VAR_DIR = tmp_path / "var"
    finds(monkeypatch, box(0.1))
    monkeypatch.setattr(analysis, "_engine_of", lambda version: MODELS[version.name])
    make_version(name="old")


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


# --- What is queued


def test_photos_of_another_version_are_queued_behind_uploads():
    old = library(2)
    activate("new")
    new = library(1)

    said = run("--yes")

    assert "2 photos wait to be analysed again." in said
    assert [reload(photo).status for photo in (*old, *new)] == ["queued", "queued", "ready"]
    assert {reload(photo).priority for photo in old} == {Photo.Priority.RERUN}


def test_faces_stay_and_are_found_by_the_filter_while_their_photo_waits():
    (photo,) = library(1)
    activate("new")

    run("--yes")

    assert reload(photo).status == Photo.Status.QUEUED
    assert (photo.faces.count(), reload(photo).face_count) == (1, 1)


def test_run_again_it_goes_on_with_the_rest(monkeypatch):
    library(3)
    activate("new")
    monkeypatch.setattr(reruns, "CHUNK", 1)
    monkeypatch.setattr(reruns.jobs, "ring", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run("--yes")
    assert Photo.objects.queued().count() == 1
    monkeypatch.setattr(reruns.jobs, "ring", lambda: None)

    assert "2 photos wait to be analysed again." in run("--yes")

    work()
    assert "3 of 3 faces answer otherwise" in run("--report")


def interrupt(*_):
    raise KeyboardInterrupt


def test_all_are_queued_when_asked_for():
    library(2)

    assert "No photo is to be queued" in run("--yes")
    assert "2 photos wait to be analysed again." in run("--yes", "--all")


def test_one_gallery_is_queued_alone():
    mine, _ = library(1), library(1)
    activate("new")

    run("--yes", "--gallery", str(mine[0].gallery.uuid))

    assert list(Photo.objects.queued()) == mine


def test_a_photo_that_was_never_analysed_is_left_to_its_own_retry():
    make_photo(status=Photo.Status.FAILED)

    assert "No photo is to be queued" in run("--yes", "--all")


# --- What is said before


def test_a_sample_says_what_would_change_and_writes_nothing():
    library(2)
    answer(Face.objects.filter(photo=Photo.objects.first()), "Male", False, make_user())
    rows = list(Face.objects.values())
    activate("new")

    said = run("--yes")

    assert "A sample of 2 of these photos" in said
    assert "2 of 2 faces answer otherwise" in said
    assert numbers(said, "Smiling") == ["2", "-", "-", "-", "-"]
    assert numbers(said, "Male") == ["-", "-", "1", "-", "1"]
    assert list(Face.objects.values()) == rows


def numbers(said: str, name: str) -> list[str]:
    """The attribute's counts: yes to no, no to yes, to unsure, from unsure, people's answers."""
    (line,) = (line for line in said.splitlines() if line.startswith(f"{name} "))
    return line.split()[1:]


def test_a_sample_is_as_large_as_asked_for_and_can_be_left_out():
    library(3)
    activate("new")

    assert "A sample of 2 of" in run("--yes", "--sample", "2")
    Photo.objects.update(status=Photo.Status.READY)
    assert "sample" not in run("--yes", "--sample", "0")


def test_a_sample_names_what_cannot_be_read_faces_that_are_new_and_those_gone(monkeypatch):
    first, _ = library(2)
    first.delete_files()
    finds(monkeypatch, box(0.6), box(0.6, y=0.6))
    activate("new")

    said = run("--yes")

    assert "0 of 0 faces answer otherwise, 2 are new, 1 are gone, 1 photos cannot be read" in said


# --- The question


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "queued"), [("y", 1), ("yes", 1), ("n", 0), ("", 0)])
def test_at_a_terminal_it_asks_first(monkeypatch, typed, queued):
    library(1)
    activate("new")
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda question: typed)

    said = run()

    assert Photo.objects.queued().count() == queued
    assert ("Nothing was changed." in said) is not bool(queued)


def test_without_a_terminal_it_begins_only_when_told_to(monkeypatch):
    library(1)
    activate("new")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    with pytest.raises(CommandError, match="--yes") as error:
        run()

    assert error.value.returncode == 2
    assert not Photo.objects.queued().exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--gallery", "00000000-0000-4000-8000-000000000000"),
        ("--yes", "--sample", "-1"),
        ("--report",),
    ],
)
def test_what_is_asked_for_wrongly_exits_with_2(arguments):
    with pytest.raises(CommandError) as error:
        run(*arguments)

    assert error.value.returncode == 2


def test_without_an_active_model_it_fails():
    ModelVersion.objects.update(is_active=False)

    with pytest.raises(CommandError, match="activate_model") as error:
        run("--yes")

    assert error.value.returncode == 1


# --- What is said after


def test_the_report_names_the_faces_that_changed_and_how():
    changed, corrected = library(2)
    answer(Face.objects.filter(photo=corrected), "Smiling", True, make_user())
    answer(Face.objects.filter(photo=corrected), "Male", False, make_user())
    activate("new")
    run("--yes", "--sample", "0")
    assert "0 of 0 faces answer otherwise, 2 wait" in run("--report")

    work()

    said = run("--report").splitlines()
    face = changed.faces.get()
    assert said[:2] == [
        f"{face.uuid}  {changed.original_name}  Male no to unsure, Smiling yes to no",
        "1 of 2 faces answer otherwise",
    ]
    assert said[-1] == "People's own 2 answers stay."


def test_waiting_it_says_what_changed_once_all_is_done(monkeypatch):
    library(1)
    activate("new")
    monkeypatch.setattr(analyse_photos.time, "sleep", work)

    said = run("--yes", "--wait")

    assert "1 photos wait\n" in said
    assert "1 of 1 faces answer otherwise" in said.splitlines()
    assert smiles() == [0.125]


def test_waiting_it_fails_where_photos_failed_which_keep_their_faces(monkeypatch):
    (photo,) = library(1)
    photo.delete_files()
    activate("new")
    monkeypatch.setattr(analyse_photos.time, "sleep", work)

    with pytest.raises(CommandError, match="1 photos failed") as error:
        run("--yes", "--wait")

    assert error.value.returncode == 1
    assert (reload(photo).status, smiles()) == (Photo.Status.FAILED, [0.875])
    assert "1 photos wait to be analysed again." in run("--yes")


def test_interrupted_while_it_waits_the_worker_goes_on(monkeypatch):
    library(1)
    activate("new")
    monkeypatch.setattr(analyse_photos.time, "sleep", interrupt)

    with pytest.raises(KeyboardInterrupt):
        run("--yes", "--wait")

    assert Photo.objects.queued().count() == 1


def test_waiting_for_nobody_it_asks_for_the_worker(monkeypatch):
    library(1)
    activate("new")
    polls = iter(range(analyse_photos.PATIENCE + 2))
    monkeypatch.setattr(
        analyse_photos.time, "sleep", lambda seconds: work() if next(polls, None) is None else None
    )

    said = run("--yes", "--wait", "--sample", "0")

    assert said.count("is the worker running?") == 1


def test_a_line_cut_off_when_the_machine_died_spoils_no_report():
    library(2)
    version = activate("new")
    run("--yes", "--sample", "0")
    path = reruns.answers_path(version)
    path.write_text(path.read_text()[:-30])
    Photo.objects.update(status=Photo.Status.READY)

    run("--yes", "--sample", "0")
    work()

    assert "2 of 2 faces answer otherwise" in run("--report")


# --- Back


def test_with_the_old_version_active_again_a_run_takes_all_back():
    library(2)
    answer(Face.objects.all(), "Male", True, make_user())
    rows, said = list(Face.objects.values()), list(Correction.objects.values())
    activate("new")
    run("--yes")
    work()
    assert smiles() == [0.125, 0.125]

    activate("old")
    run("--yes")
    work()

    assert list(Face.objects.values()) == rows
    assert list(Correction.objects.values()) == said


def test_only_the_answers_before_the_last_activation_are_kept(settings):
    library(1)
    for name in ("new", "old"):
        version = activate(name)
        run("--yes")
        work()

    assert list(Path(settings.VAR_DIR, "reruns").iterdir()) == [reruns.answers_path(version)]


def test_the_report_keeps_to_the_galleries_that_are_named():
    one, _ = library(2)
    activate("new")
    run("--yes", "--sample", "0")
    work()

    assert "1 of 1 faces answer otherwise" in run("--report", "--gallery", str(one.gallery.uuid))
    assert "2 of 2 faces answer otherwise" in run("--report")
