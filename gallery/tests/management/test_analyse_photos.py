"""manage.py analyse_photos: a library on a new model, and back."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError

from gallery.analysis import reruns
from gallery.answers.corrections import answer
from gallery.models import Correction, Face, Photo
from gallery.tests.factories import make_photo, make_user, reload
from gallery.tests.reruns import activate, interrupt, library, run, smiles, work
from ml.models import ModelVersion

pytestmark = pytest.mark.usefixtures("on_the_old_model")

# --- What is queued


def test_photos_of_another_version_are_queued_behind_uploads():
    old = library(2)
    activate("new")
    new = library(1)

    said = run("--yes")

    assert "2 photos wait to be analyzed again." in said
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

    assert "2 photos wait to be analyzed again." in run("--yes")

    work()
    assert "3 of 3 faces changed" in run("--report")


def test_all_are_queued_when_asked_for():
    library(2)

    assert "Nothing to queue" in run("--yes")
    assert "2 photos wait to be analyzed again." in run("--yes", "--all")


def test_one_gallery_is_queued_alone():
    mine, _ = library(1), library(1)
    activate("new")

    run("--yes", "--gallery", str(mine[0].gallery.uuid))

    assert list(Photo.objects.queued()) == mine


def test_a_photo_that_was_never_analysed_is_left_to_its_own_retry():
    make_photo(status=Photo.Status.FAILED)

    assert "Nothing to queue" in run("--yes", "--all")


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
