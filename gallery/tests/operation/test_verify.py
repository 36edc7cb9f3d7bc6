import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from gallery.library import sweep
from gallery.models import Photo
from gallery.models.picture import LOST
from gallery.operation.verify import verify
from gallery.tests.factories import make_face, make_gallery, make_version
from gallery.tests.pictures import make_upload
from gallery.uploads.adding import add_photo
from gallery.variants import write_variants

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo() -> Photo:
    """An analyzed photo with all its files."""
    photo, _ = add_photo(make_gallery(), make_upload())
    Photo.objects.update(status="ready", model_version=make_version())
    make_face(photo)
    write_variants(photo, photo.open_picture(), photo.faces.all())
    photo.refresh_from_db()
    return photo


def found(**options) -> list[tuple[str, str]]:
    return [(finding.wrong, finding.done) for finding in verify(**options)]


def spoil(photo: Photo, variant: str = "") -> None:
    with default_storage.open(photo.file_name(variant), "wb") as file:
        file.write(b"spoiled")


def test_a_sound_site_has_no_findings(photo, capsys):
    call_command("verify")

    assert capsys.readouterr().out == "All photos have their files.\n"


@pytest.mark.parametrize("quick", [False, True])
def test_a_picture_that_is_gone_is_found(photo, quick):
    default_storage.delete(photo.file_name())

    assert found(quick=quick) == [("its picture is gone", "")]


def test_a_picture_that_changed_is_found(photo):
    spoil(photo)

    assert found() == [("its picture is not what was stored", "")]


def test_the_same_upload_brings_a_lost_picture_back(photo):
    default_storage.delete(photo.file_name())
    with pytest.raises(CommandError):  # it is marked, but not mended
        call_command("verify", "--repair")
    assert Photo.objects.get().is_lost

    assert add_photo(photo.gallery, make_upload()) == (photo, False)

    healed = Photo.objects.get()
    assert not healed.is_lost and healed.status == "ready"
    assert default_storage.exists(photo.file_name())
    assert photo.faces.count() == 1 and found() == []


def test_a_lost_photo_that_waited_says_what_to_do(photo):
    Photo.objects.update(status="queued")
    default_storage.delete(photo.file_name())

    assert found(repair=True)[0][1].startswith("marked")

    photo.refresh_from_db()
    assert (photo.status, photo.failure) == ("failed", LOST)
    add_photo(photo.gallery, make_upload())
    assert Photo.objects.get().status == "queued"


def test_a_picture_that_came_back_by_itself_is_no_longer_marked(photo):
    Photo.objects.update(is_lost=True)

    assert found() == [("its picture is back", "")]
    assert found(repair=True) == [("its picture is back", "no longer marked")]
    assert not Photo.objects.get().is_lost


@pytest.mark.parametrize("quick", [False, True])
def test_an_original_that_is_gone_is_found_and_no_longer_counted(photo, quick):
    default_storage.delete(photo.original_file())

    assert found(quick=quick) == [("its original is gone", "")]
    assert found(quick=quick, repair=True)[0][1].startswith("no longer counted")
    assert Photo.objects.get().original_bytes == 0
    assert found(quick=quick) == []


def test_an_original_that_changed_is_found_and_the_same_upload_brings_it_back(photo):
    with default_storage.open(photo.original_file(), "wb") as file:
        file.write(b"spoiled")

    assert found() == [("its original is not what was uploaded", "")]
    with pytest.raises(CommandError):
        call_command("verify", "--repair")
    add_photo(photo.gallery, make_upload())

    assert found() == []
    assert photo.open_original().read() == make_upload().read()


def test_damaged_smaller_pictures_are_made_again(photo):
    spoil(photo, "thumbnail.webp")

    assert found() == [("smaller pictures are damaged", "")]
    assert found(repair=True) == [("smaller pictures are damaged", "made again")]
    assert found() == []


def test_missing_smaller_pictures_are_nothing_wrong_but_a_repair_makes_them(photo):
    default_storage.delete(photo.file_name("preview.jpg"))

    assert found() == []
    assert found(repair=True) == [("smaller pictures were missing", "made again")]
    assert default_storage.exists(photo.file_name("preview.jpg"))


def test_files_without_a_photo_are_deleted(photo, monkeypatch):
    monkeypatch.setattr(sweep, "ORPHAN_AGE", -sweep.ORPHAN_AGE)  # new ones count, too
    orphan = "ab/abcdef00-0000-0000-0000-000000000000.jpg"
    default_storage.save(orphan, ContentFile(b"left over"))

    assert found() == [("belongs to no photo", "")]
    assert found(repair=True) == [("belongs to no photo", "deleted")]
    assert not default_storage.exists(orphan)


def test_the_hash_of_an_old_photo_is_kept_by_a_repair(photo):
    Photo.objects.update(stored_sha256="")

    assert found() == []
    assert found(repair=True) == []
    assert Photo.objects.get().stored_sha256 == photo.stored_sha256


def test_what_remains_is_told_by_the_exit_code(photo):
    default_storage.delete(photo.file_name())

    with pytest.raises(CommandError, match="1 of 1 findings remain; --repair") as failed:
        call_command("verify")

    assert failed.value.returncode == 1
