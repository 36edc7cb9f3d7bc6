import pytest

from gallery.library import trash
from gallery.library.first import first_gallery
from gallery.tests.factories import make_gallery, make_user

pytestmark = pytest.mark.django_db


def test_the_first_gallery_is_made_once():
    user = make_user()

    first = first_gallery(user)

    assert first.name == "My photos"
    make_gallery(owner=user, name="Another")
    assert first_gallery(user) == first


def test_the_first_gallery_is_not_one_in_the_trash():
    user = make_user()
    trash.trash_gallery(first_gallery(user))

    assert first_gallery(user).deleted_at is None
