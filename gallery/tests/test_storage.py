"""Private storage: a file is there whole or not at all."""

import os

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.storage import listed
from gallery.tests.pictures import stored_files


def test_a_file_of_the_same_name_is_replaced():
    for content in (b"old", b"new"):
        assert default_storage.save("ab/one", ContentFile(content)) == "ab/one"

    assert default_storage.open("ab/one").read() == b"new"
    assert stored_files() == ["ab/one"]


def test_a_failure_leaves_the_old_file_and_nothing_else(monkeypatch):
    default_storage.save("ab/one", ContentFile(b"old"))
    monkeypatch.setattr(os, "replace", lambda *paths: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        default_storage.save("ab/one", ContentFile(b"new"))

    assert default_storage.open("ab/one").read() == b"old"
    assert stored_files() == ["ab/one"]


def test_a_folder_that_does_not_exist_is_empty():
    assert listed("nowhere") == ([], [])
