"""The table of `make bench`: what a ratio means, which scripts run, and what a failure leaves."""

import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from benchmarks import __main__ as bench
from benchmarks import gpu
from benchmarks.figures import compared, read, report, short
from benchmarks.scale import copy_oldest
from gallery.management import demo
from gallery.models import Face, Photo
from gallery.tests.factories import make_gallery, make_photo, make_version
from ml.training.settings import Settings

NONE = {"CELEBA": None, "PORTRAITS": None}
ROOT = Path(__file__).resolve().parent.parent
NOT_IN_THE_TABLE = {
    "__main__",
    "attribute_rows",  # libraries
    "figures",
    "mixed_folder",
    "photo_jobs",
    "pictures",
    "store",
    "things",
    "timing",
    "draw_scale",  # draws what scale measured
    "mutations",  # of the tests, not of the site
    "partitions",  # needs PostgreSQL and much time
    "hosts",  # needs root
    "faults",  # counts, and has no rival
    "pressure",  # has limits rather than ratios
    "people",  # takes half an hour
    "visitors",  # what locust runs for it
    "hostile",  # so has this
    "batch",  # needs thousands of files: starting Ray takes longer than tens of them
}


def test_twice_the_speed_is_a_ratio_of_two():
    assert compared("reading", "faces/s", [20.0], "rival", [10.0]).ratio == 2


def test_half_the_time_is_a_ratio_of_two():
    assert compared("a page", "ms", [10.0], "rival", [20.0]).ratio == 2


def test_the_ratio_is_taken_within_each_round():
    figure = compared("a page", "ms", [1.0, 10.0, 100.0], "rival", [3.0, 30.0, 100.0])

    assert (figure.ours, figure.theirs, figure.ratio) == (10, 30, 3)


@pytest.mark.parametrize(
    "number, text",
    [(0, "0"), (0.01234, "0.012"), (0.5, "0.50"), (12.345, "12.35"), (1234.5, "1,234")],
)
def test_figures_have_as_many_digits_as_count(number, text):
    assert short(number) == text


def test_figures_come_back_from_their_file(tmp_path, capsys):
    figure = compared("a page", "ms", [10.0], "rival", [20.0])

    report([figure], tmp_path / "figures.json")

    assert read(tmp_path / "figures.json") == [figure]
    assert "a page  10.00 ms" in capsys.readouterr().out


def test_what_is_optional_is_left_out_with_its_folder():
    assert bench.command("stages --count 2 [--portraits PORTRAITS]", NONE) == [
        "stages",
        "--count",
        "2",
    ]


def test_a_folder_takes_the_place_of_its_name():
    line, folders = "faces --portraits PORTRAITS", {**NONE, "PORTRAITS": Path("people here")}

    assert bench.command(line, folders) == ["faces", "--portraits", "people here"]


def test_a_script_without_the_folder_that_it_needs_is_left_out():
    assert bench.command("training --data-dir CELEBA", NONE) is None


def test_every_script_is_in_the_table_or_known_not_to_be():
    named = {line.split()[0] for line in bench.SCRIPTS}
    files = {file.stem for file in (ROOT / "benchmarks").glob("*.py")}

    assert named | NOT_IN_THE_TABLE == files and not named & NOT_IN_THE_TABLE
    assert all(find_spec(f"benchmarks.{name}") for name in named)


def test_a_failed_script_is_in_the_table_with_its_reason(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, stderr="Traceback:\nValueError: no such folder\n")
    monkeypatch.setattr(bench.subprocess, "run", lambda *words, **options: failed)

    (row,) = bench.run(["stages"]).rows()

    assert row[0] == "stages: FAILED, ValueError: no such folder"


def test_a_script_that_writes_no_figures_has_failed(monkeypatch):
    silent = subprocess.CompletedProcess([], 0, stderr="")
    monkeypatch.setattr(bench.subprocess, "run", lambda *words, **options: silent)

    assert bench.run(["stages"]).problem == "it wrote no figures and ended with 0"


def test_a_script_that_takes_too_long_has_failed(monkeypatch):
    def never_ends(*words, timeout, **options):
        raise subprocess.TimeoutExpired("stages", timeout)

    monkeypatch.setattr(bench.subprocess, "run", never_ends)

    assert bench.run(["stages"]).problem == "it took more than 300 seconds"


def test_the_page_is_a_table_of_markdown():
    rows = [bench.HEADER, ("filter: A|B", "1 ms", "2 ms", "count", "2.00")]

    text = bench.page(["two cores"], rows, ["It took 3 seconds."])

    assert "- two cores\n" in text
    assert "| filter: A\\|B | 1 ms | 2 ms | count | 2.00 |\n" in text
    assert text.endswith("\n\nIt took 3 seconds.\n")


@pytest.mark.django_db
def test_copied_photos_have_copies_of_their_faces():
    list(demo.fill_gallery(make_gallery(), 30, make_version()))
    photos, faces = Photo.objects.count(), Face.objects.count()

    copy_oldest(photos)

    assert (Photo.objects.count(), Face.objects.count()) == (2 * photos, 2 * faces)
    rows = list(Photo.objects.order_by("pk"))
    assert [smiles(photo) for photo in rows[:photos]] == [smiles(photo) for photo in rows[photos:]]


@pytest.mark.django_db
def test_a_photo_after_copied_ones_gets_an_id_of_its_own():
    gallery = make_gallery()
    list(demo.fill_gallery(gallery, 3, make_version()))
    copy_oldest(2)
    last = Photo.objects.order_by("-pk")[0]

    assert make_photo(gallery=gallery).pk > last.pk


def smiles(photo):
    return [face.smiling for face in photo.faces.order_by("pk")]


@pytest.mark.slow
def test_the_seconds_of_a_run_on_a_gpu_are_told_by_parts(tmp_path):
    settings = replace(Settings(epochs=2, batch_size=8), **gpu.QUICK)

    parts = gpu.whole_run(settings, 16, torch.device("cpu"), tmp_path)

    assert all(seconds >= 0 for seconds in parts.values())
    assert gpu.estimate(parts) > 19 * parts["an epoch's steps"]
    assert (tmp_path / "made" / "config.json").exists()


@pytest.mark.slow
def test_batch_sizes_without_time_for_them_are_left_out(capsys):
    settings = replace(Settings(), **gpu.QUICK)

    found = list(gpu.speeds(settings, [8, 4], 8, torch.device("cpu"), until=0.0))

    assert [each.batch_size for each in found] == [8]
    assert "batches of 4 and the rest: left out" in capsys.readouterr().out
    (figure,) = gpu.as_figures(found, settings, 1e12)
    assert figure.what == "training VGG16, 32 pixels, batches of 8"
