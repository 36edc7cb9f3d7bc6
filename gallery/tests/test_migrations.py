"""Migrations that move data do it for what is there already."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from gallery.models import Photo
from gallery.tests.factories import make_face, make_photo, make_version


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_faces_of_older_photos_are_counted_and_whole_pictures_are_not():
    make_version()
    two, whole, waiting = make_photo(status="ready"), make_photo(status="ready"), make_photo()
    make_face(two), make_face(two), make_face(whole, detector="whole")
    executor = MigrationExecutor(connection)
    count_faces = executor.loader.get_migration("gallery", "0003_count_faces").operations[0].code

    count_faces(executor.loader.project_state(("gallery", "0003_count_faces")).apps, None)

    counts = dict(Photo.objects.values_list("pk", "face_count"))
    assert counts == {two.pk: 2, whole.pk: 0, waiting.pk: 0}
