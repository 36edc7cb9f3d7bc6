"""manage.py drop_originals: the clean pictures stay."""

import pytest
from django.core.management import CommandError, call_command

from gallery.library import trash
from gallery.models import Photo
from gallery.tests.factories import make_gallery
from gallery.tests.pictures import files_of, make_upload, stored_files
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo() -> Photo:
    return add_photo(make_gallery(), make_upload())[0]


def said(capsys, *arguments: str) -> str:
    call_command("drop_originals", *arguments)
    return capsys.readouterr().out.replace("\xa0", " ")


def test_without_yes_it_only_counts(photo, capsys):
    size = photo.original_bytes

    assert said(capsys) == f"1 originals, {size} bytes. --yes deletes them.\n"
    assert stored_files() == files_of(photo)


def test_the_originals_go_and_the_pictures_stay(photo, capsys, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert said(capsys, "--yes") == "1 originals deleted\n"

    assert stored_files() == [photo.file_name()]
    assert Photo.objects.get().original_bytes == 0


def test_of_one_gallery_those_in_its_trash_go_too(
    photo, capsys, django_capture_on_commit_callbacks
):
    gallery = make_gallery()
    deleted, _ = add_photo(gallery, make_upload())
    trash.trash_photos(Photo.objects.filter(pk=deleted.pk))

    with django_capture_on_commit_callbacks(execute=True):
        said(capsys, "--yes", "--gallery", str(gallery.uuid))

    assert stored_files() == sorted([*files_of(photo), deleted.file_name()])


def test_a_gallery_that_is_not_there_is_said_so(capsys):
    with pytest.raises(CommandError, match="there is no gallery") as error:
        said(capsys, "--gallery", "00000000-0000-4000-8000-000000000000")

    assert error.value.returncode == 2
