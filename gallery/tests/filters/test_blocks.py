"""Decision blocks and people who write at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection, connections

from gallery.answers import corrections
from gallery.answers.corrections import answer
from gallery.models import Correction, Face
from gallery.models.block import PHOTOS
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user, make_version


def quoted(model) -> str:
    return connection.ops.quote_name(model._meta.db_table)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_once_about_the_same_blocks_never_wait_for_each_other(monkeypatch):
    make_version()
    gallery, low, high = make_gallery(), 1, PHOTOS
    faces = {
        photo: make_face(make_photo(id=photo, gallery=gallery))
        for photo in (low, high + 1, high, low + 1)
    }
    monkeypatch.setattr(corrections, "CHUNK", 1)  # a statement a face: ascending by its own key
    in_the_middle, inserted = Barrier(2, timeout=1), "INSERT INTO " + quoted(Correction)

    def wait_in_the_middle(seen):
        """Wait for the other person before the second face's answer is written."""

        def wrapper(execute, sql, *args):
            if sql.startswith(inserted):
                seen.append(sql)
                if len(seen) == 2:
                    with suppress(BrokenBarrierError):
                        in_the_middle.wait()
            return execute(sql, *args)

        return wrapper

    def say(*photos):
        keys, seen = [faces[photo].pk for photo in photos], []
        try:
            with connection.execute_wrapper(wait_in_the_middle(seen)):
                answer(Face.objects.filter(pk__in=keys), "Smiling", True, make_user())
            assert len(seen) == 2
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as people:
        for said in [people.submit(say, low, high + 1), people.submit(say, high, low + 1)]:
            said.result()

    assert Correction.objects.count() == 4
