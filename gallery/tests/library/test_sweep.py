import os
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from gallery.library.sweep import remove_orphans
from gallery.models import Photo
from gallery.tests.factories import make_gallery, make_photo
from gallery.tests.pictures import files_of, make_upload, stored_files
from gallery.uploads.adding import add_photo

pytestmark = pytest.mark.django_db


def test_the_sweep_deletes_old_files_without_a_row(capsys):
    photo, _ = add_photo(make_gallery(), make_upload())
    lost, young = make_photo(), make_photo()
    for orphan in (lost, young):
        default_storage.save(orphan.file_name(), ContentFile(b"..."))
    Photo.objects.filter(pk__in=(lost.pk, young.pk)).delete()
    default_storage.save("00/notes.txt", ContentFile(b"someone's own"))
    old = [
        lost.file_name(),
        lost.file_name("thumbnail.webp"),
        photo.file_name().replace(".jpg", "-480.jpg"),  # as versions before 0.3 named it
        f"{photo.file_name()}.0123.partial",  # a crash
    ]
    for name in old[1:]:
        default_storage.save(name, ContentFile(b"..."))
    default_storage.save(photo.file_name("thumbnail.webp"), ContentFile(b"..."))
    for name in (photo.file_name(), photo.file_name("thumbnail.webp"), "00/notes.txt", *old):
        os.utime(default_storage.path(name), times=(time.time() - 2 * 86_400,) * 2)

    call_command("sweep")

    assert "4 files deleted" in capsys.readouterr().out
    assert not any(default_storage.exists(name) for name in old)
    kept = (photo.file_name(), photo.file_name("thumbnail.webp"), young.file_name())
    for name in (*kept, "00/notes.txt"):
        assert default_storage.exists(name)


def test_an_original_that_is_no_longer_kept_is_swept():
    photo, _ = add_photo(make_gallery(), make_upload())
    kept, _ = add_photo(photo.gallery, make_upload(colour="blue"))
    Photo.objects.filter(pk=photo.pk).update(original_bytes=0)
    for name in stored_files():
        os.utime(default_storage.path(name), times=(time.time() - 2 * 86_400,) * 2)

    assert remove_orphans() == 1
    assert stored_files() == sorted([photo.file_name(), *files_of(kept)])


def test_the_sweep_of_an_empty_site_does_nothing():
    assert remove_orphans() == 0
