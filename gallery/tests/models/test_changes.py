"""Changes of a row that another request changes or deletes at the same time."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from gallery.api.serializers import GallerySerializer
from gallery.models import Gallery, SavedFilter
from gallery.models.changes import change
from gallery.tests.factories import make_gallery
from gallery.views.forms import ConsentForm, GalleryForm, SavedFilterForm

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
def meanwhile(monkeypatch):
    """While a form or a serializer is checked, another request does something."""

    def on(checked, do: Callable[[], Any]) -> None:
        is_valid = checked.is_valid

        def do_and_check(self, *args, **kwargs):
            do()
            return is_valid(self, *args, **kwargs)

        monkeypatch.setattr(checked, "is_valid", do_and_check)

    return on


@pytest.fixture
def deleting(meanwhile):
    """While a form or a serializer is checked, another request deletes all rows of a model."""
    return lambda checked, model: meanwhile(checked, model.objects.all().delete)


def withdraw() -> None:
    Gallery.objects.update(allows_training=False)


def rename() -> None:
    Gallery.objects.update(name="new")


@pytest.mark.parametrize("by", ["form", "REST"])
def test_a_consent_that_is_withdrawn_during_a_rename_stays_withdrawn(
    client, gallery, api, meanwhile, by
):
    Gallery.objects.update(allows_training=True)
    meanwhile(GalleryForm if by == "form" else GallerySerializer, withdraw)

    if by == "form":
        client.post(reverse("gallery:rename", args=[gallery.uuid]), {"name": "new"})
    else:
        api.patch(f"/api/v1/galleries/{gallery.uuid}/", {"name": "new"}, format="json")

    gallery.refresh_from_db()
    assert (gallery.name, gallery.allows_training) == ("new", False)


@pytest.mark.parametrize("by", ["form", "REST"])
def test_a_new_name_survives_a_consent_that_is_withdrawn_meanwhile(
    client, gallery, api, meanwhile, by
):
    Gallery.objects.update(allows_training=True)
    meanwhile(ConsentForm if by == "form" else GallerySerializer, rename)

    if by == "form":
        client.post(reverse("gallery:consent", args=[gallery.uuid]), {})
    else:
        api.patch(f"/api/v1/galleries/{gallery.uuid}/", {"allows_training": False}, format="json")

    gallery.refresh_from_db()
    assert (gallery.name, gallery.allows_training) == ("new", False)


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
