"""manage.py import_photos: folders become galleries; whatever is wrong is said, file by file."""

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from PIL import Image

from gallery.management.commands import import_photos
from gallery.models import Gallery, Photo
from gallery.tests.factories import make_user
from gallery.uploads import folders

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return make_user("Anna")


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "My photos"


@pytest.fixture
def draw(root) -> Callable[[str], Path]:
    """Writes a picture into the folder; no two are alike."""
    written = 0

    def write(name: str) -> Path:
        nonlocal written
        written += 1
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40 + written, 40), "gray").save(path, "JPEG")
        return path

    return write


def run(*arguments: object, fails: bool = False) -> tuple[str, str]:
    """What the command says, and what it complains of."""
    said, complained = io.StringIO(), io.StringIO()
    if fails:
        with pytest.raises(CommandError) as error:
            call_command("import_photos", *map(str, arguments), stdout=said, stderr=complained)
        assert error.value.returncode == 1
    else:
        call_command("import_photos", *map(str, arguments), stdout=said, stderr=complained)
    return said.getvalue(), complained.getvalue()


def names() -> set[tuple[str, str]]:
    return set(Photo.objects.values_list("gallery__name", "original_name"))


def test_a_folder_and_its_folders_become_a_gallery(anna, root, draw):
    draw("a.jpg"), draw("2024/June/b.JPEG")

    said, _ = run(root, "--gallery", "All")

    assert names() == {("All", "a.jpg"), ("All", "b.JPEG")}
    assert Gallery.objects.get().owner == anna
    assert said.startswith("2 new, 0 already there, 0 refused, 0 left out")


def test_each_folder_becomes_a_gallery(anna, root, draw):
    draw("a.jpg"), draw("2024/June/b.jpg"), draw("2024/c.jpg")

    run(root, "--by-folder")

    assert names() == {("My photos", "a.jpg"), ("2024 / June", "b.jpg"), ("2024", "c.jpg")}


def test_a_second_run_adds_what_is_new(anna, root, draw):
    draw("a.jpg")
    run(root, "--gallery", "All")
    draw("b.jpg")

    said, _ = run(root, "--gallery", "All")

    assert Photo.objects.count() == 2
    assert "1 new, 1 already there" in said


def test_many_known_files_take_as_many_queries_as_few(
    anna, root, draw, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(import_photos, "ASKED_ABOUT", 5)
    for number in range(5):
        draw(f"{number}.jpg")
    run(root, "--gallery", "All")

    with django_assert_num_queries(2):  # who the owner is, and what the gallery has
        said, _ = run(root, "--gallery", "All")

    assert "0 new, 5 already there" in said


def test_a_known_file_whose_picture_was_lost_is_stored_again(anna, root, draw):
    draw("a.jpg"), draw("b.jpg")
    run(root, "--gallery", "All")
    name = Photo.objects.first().file_name()
    default_storage.delete(name)

    said, _ = run(root, "--gallery", "All")

    assert default_storage.exists(name)
    assert "0 new, 2 already there" in said


def test_files_are_looked_up_in_the_gallery_of_their_folder(anna, root, draw):
    content = draw("2023/a.jpg").read_bytes()
    run(root, "--by-folder")
    (root / "2024").mkdir()
    (root / "2024" / "b.jpg").write_bytes(content)

    said, _ = run(root, "--by-folder")

    assert names() == {("2023", "a.jpg"), ("2024", "b.jpg")}
    assert "1 new, 1 already there" in said


def test_a_wrong_setting_of_the_site_is_said_before_anything_is_imported(
    anna, root, draw, settings
):
    settings.MEDIA_ROOT = draw("a.jpg") / "media"

    with pytest.raises(SystemCheckError, match="Photos cannot be stored."):
        call_command("import_photos", str(root), "--gallery", "All", skip_checks=False)

    assert not Gallery.objects.exists()


def test_a_dry_run_changes_nothing(anna, root, draw):
    draw("a.jpg")
    run(root, "--gallery", "All")
    draw("b.jpg")

    said, _ = run(root, "--gallery", "All", "--dry-run")
    other, _ = run(root, "--by-folder", "--dry-run")

    assert "1 would be new, 1 already there" in said
    assert "2 would be new, 0 already there" in other
    assert Photo.objects.count() == Gallery.objects.count() == 1


def test_each_file_that_is_refused_is_named_and_the_rest_goes_on(anna, root, draw, settings):
    draw("a.jpg"), draw("z.jpg")
    (root / "broken.jpg").write_bytes(b"no picture")
    (root / "empty.png").touch()
    (root / "circle.jpg").symlink_to("circle.jpg")
    os.mkfifo(root / "pipe.jpg")
    settings.MAX_UPLOAD_BYTES = 10_000
    (root / "large.jpg").write_bytes(b"x" * 10_001)

    said, complained = run(root, "--gallery", "All", fails=True)

    lines = dict(line.rsplit(".jpg: ", 1) for line in complained.splitlines() if ".jpg" in line)
    assert {Path(name).name: words.split(".")[0] for name, words in lines.items()} == {
        "broken": "This is not a picture that can be read, or it is damaged",
        "circle": "It cannot be read: Too many levels of symbolic links",
        "pipe": "This is not a file",
        "large": "The file is larger than 9",
    }
    assert "empty.png: The file is empty" in complained
    assert "2 new, 0 already there, 5 refused" in said


def test_what_nobody_wants_is_left_out(anna, root, draw):
    draw("a.jpg"), draw(".trash/b.jpg"), draw("@eaDir/c.jpg"), draw("._d.jpg")
    draw("My.photoslibrary/resources/e.jpg"), draw("My.photoslibrary/originals/f.jpg")
    (root / "notes.txt").write_text("no picture")

    said, _ = run(root, "--gallery", "All")

    assert names() == {("All", "a.jpg"), ("All", "f.jpg")}
    assert "1 left out: not named like pictures" in said


def test_a_link_to_a_folder_is_not_followed(anna, root, draw):
    draw("in/a.jpg")
    (root / "in" / "again").symlink_to(root)

    run(root, "--gallery", "All")

    assert Photo.objects.count() == 1


def test_a_folder_that_cannot_be_read_is_named(anna, root, draw, monkeypatch):
    draw("a.jpg"), draw("locked/b.jpg")
    scandir = os.scandir

    def scan(path):
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)  # for root, nothing is locked

    said, complained = run(root, "--gallery", "All", fails=True)

    assert "locked: It cannot be read: " in complained
    assert "1 new, 0 already there, 1 refused" in said


def test_names_of_another_encoding_are_taken(anna, root, draw):
    path = draw("a.jpg")
    path.rename(os.fsdecode(os.fsencode(root) + b"/caf\xe9.jpg"))
    draw("b" * 251 + ".jpg")

    run(root, "--gallery", "All")

    assert names() == {("All", "caf\N{REPLACEMENT CHARACTER}.jpg"), ("All", "b" * 251 + ".jpg")}


def test_a_name_cannot_steer_the_terminal(anna, root, draw):
    root.mkdir()
    (root / "\x1b[2Jgone.jpg").write_bytes(b"no picture")

    _, complained = run(root, "--gallery", "All", fails=True)

    assert "\\x1b[2Jgone.jpg: " in complained
    assert "\x1b" not in complained


def test_a_file_that_changes_while_it_is_read_is_named(anna, root, draw, monkeypatch):
    path = draw("a.jpg")
    states = iter([(1, 1), (1, 2)])
    monkeypatch.setattr(folders, "_changes", lambda status: next(states, (path.stat().st_size, 0)))

    _, complained = run(root, "--gallery", "All", fails=True)

    assert "It changed while it was read." in complained
    assert not Photo.objects.exists()


def test_a_watched_folder_takes_what_comes_once_it_is_complete(anna, root, draw, monkeypatch):
    draw("a.jpg")
    whole = draw("later.jpg")
    content = whole.read_bytes()
    whole.unlink()
    counts = []

    def wait(seconds: float) -> None:
        counts.append(Photo.objects.count())
        if len(counts) == 1:
            whole.write_bytes(content[:100])
        elif len(counts) == 2:
            whole.write_bytes(content)
        elif len(counts) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(import_photos.time, "sleep", wait)

    with pytest.raises(KeyboardInterrupt):
        call_command("import_photos", str(root), "--gallery", "All", "--watch")

    assert counts == [1, 1, 1, 2, 2]


def test_where_the_quota_ends_the_import_ends(anna, root, draw, settings):
    settings.QUOTA_PHOTOS = 1
    draw("a.jpg"), draw("b.jpg"), draw("c.jpg")

    said, _ = run(root, "--gallery", "All", fails=True)

    assert Photo.objects.count() == 1
    assert "1 new" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--gallery", "All"], "nowhere is not a folder."),
        ([".", "--gallery", "All", "--owner", "Zoe"], "There is nobody called Zoe."),
        ([".", "--gallery", "All"], "The site has several people."),
        ([".", "--gallery", "All", "--watch", "--dry-run"], "not both"),
    ],
)
def test_wrong_input_is_said(anna, arguments, words):
    make_user("bob")

    with pytest.raises(CommandError, match=words) as error:
        call_command("import_photos", *arguments)

    assert error.value.returncode == 2
