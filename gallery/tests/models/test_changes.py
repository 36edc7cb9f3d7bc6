"""Changes of a row that another request changes or deletes at the same time."""

import pytest
from django.urls import reverse

from gallery.api.serializers import GallerySerializer
from gallery.models import Gallery, SavedFilter
from gallery.models.changes import change
from gallery.tests.factories import make_gallery
from gallery.views.forms import GalleryForm, SavedFilterForm

pytestmark = pytest.mark.django_db


def test_only_the_named_columns_are_written():
    gallery = make_gallery(name="old", allows_training=True)
    Gallery.objects.update(allows_training=False)  # consent is withdrawn by another request
    gallery.name = "new"

    change(gallery, "name")

    gallery.refresh_from_db()
    assert (gallery.name, gallery.allows_training) == ("new", False)


@pytest.mark.parametrize("columns", [("name",), ()])
def test_a_row_that_was_deleted_stays_deleted(columns):
    gallery = make_gallery()
    Gallery.objects.all().delete()

    with pytest.raises(Gallery.DoesNotExist):
        change(gallery, *columns)
    assert not Gallery.objects.exists()


@pytest.fixture
def deleting(monkeypatch):
    """While a form or a serializer is checked, another request deletes all rows of a model."""

    def on(checked, model) -> None:
        is_valid = checked.is_valid

        def delete_and_check(self, *args, **kwargs):
            model.objects.all().delete()
            return is_valid(self, *args, **kwargs)

        monkeypatch.setattr(checked, "is_valid", delete_and_check)

    return on


def test_a_gallery_that_goes_while_it_is_renamed_stays_gone(client, gallery, api, deleting):
    deleting(GalleryForm, Gallery)

    response = client.post(reverse("gallery:rename", args=[gallery.uuid]), {"name": "new"})

    assert response.status_code == 404
    assert not Gallery.objects.exists()


def test_a_gallery_that_goes_while_it_is_patched_stays_gone(gallery, api, deleting):
    deleting(GallerySerializer, Gallery)

    response = api.patch(f"/api/v1/galleries/{gallery.uuid}/", {"name": "new"}, format="json")

    assert response.status_code == 404
    assert not Gallery.objects.exists()


def test_a_filter_that_goes_while_it_is_renamed_stays_gone(client, gallery, deleting):
    row = SavedFilter.objects.create(owner=gallery.owner, gallery=gallery, name="a", attrs="Bald")
    deleting(SavedFilterForm, SavedFilter)

    response = client.post(reverse("gallery:rename_filter", args=[row.uuid]), {"name": "new"})

    assert response.status_code == 404
    assert not SavedFilter.objects.exists()
