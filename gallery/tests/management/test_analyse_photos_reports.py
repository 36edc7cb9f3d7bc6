"""manage.py analyse_photos: what it says before, while it waits, and after."""

import pytest
from django.core.management import CommandError

from gallery.analysis import reruns
from gallery.answers.corrections import answer
from gallery.management.commands import analyse_photos
from gallery.models import Face, Photo
from gallery.tests.factories import make_user, reload
from gallery.tests.fakes import box
from gallery.tests.reruns import activate, interrupt, library, run, smiles, work

pytestmark = pytest.mark.usefixtures("on_the_old_model")

# --- What is said before


def test_a_sample_says_what_would_change_and_writes_nothing():
    library(2)
    answer(Face.objects.filter(photo=Photo.objects.first()), "Male", False, make_user())
    rows = list(Face.objects.values())
    activate("new")

    said = run("--yes")

    assert "In a sample of 2 of these photos" in said
    assert "2 of 2 faces changed" in said
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

    assert "In a sample of 2 of" in run("--yes", "--sample", "2")
    Photo.objects.update(status=Photo.Status.READY)
    assert "sample" not in run("--yes", "--sample", "0")


def test_a_sample_names_what_cannot_be_read_faces_that_are_new_and_those_gone(on_the_old_model):
    first, _ = library(2)
    first.delete_files()
    on_the_old_model.finds(box(0.6), box(0.6, y=0.6))
    activate("new")

    said = run("--yes")

    assert "0 of 0 faces changed, 2 are new, 1 are gone, 1 photos cannot be read" in said


# --- What is said after


def test_the_report_names_the_faces_that_changed_and_how():
    changed, corrected = library(2)
    answer(Face.objects.filter(photo=corrected), "Smiling", True, make_user())
    answer(Face.objects.filter(photo=corrected), "Male", False, make_user())
    activate("new")
    run("--yes", "--sample", "0")
    assert "0 of 0 faces changed, 2 wait" in run("--report")

    work()

    said = run("--report").splitlines()
    face = changed.faces.get()
    assert said[:2] == [
        f"{face.uuid}  {changed.original_name}  Male no to unsure, Smiling yes to no",
        "1 of 2 faces changed",
    ]
    assert said[-1] == "People's 2 answers stay."


def test_waiting_it_says_what_changed_once_all_is_done(monkeypatch):
    library(1)
    activate("new")
    monkeypatch.setattr(analyse_photos.time, "sleep", work)

    said = run("--yes", "--wait")

    assert "1 photos wait\n" in said
    assert "1 of 1 faces changed" in said.splitlines()
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
    assert "1 photos wait to be analyzed again." in run("--yes")


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

    assert "2 of 2 faces changed" in run("--report")


def test_the_report_keeps_to_the_galleries_that_are_named():
    one, _ = library(2)
    activate("new")
    run("--yes", "--sample", "0")
    work()

    assert "1 of 1 faces changed" in run("--report", "--gallery", str(one.gallery.uuid))
    assert "2 of 2 faces changed" in run("--report")
