"""Pages: the trash."""

import pytest
from django.urls import reverse

from gallery.library import trash
from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery, make_photo
from gallery.views.contexts import trash as context

pytestmark = pytest.mark.django_db


@pytest.fixture
def deleted(gallery) -> list[Photo]:
    """Three photos in the trash, the one deleted last at the end."""
    photos = [make_photo(gallery=gallery) for _ in range(3)]
    for photo in photos:
        trash.trash_photos(Photo.objects.filter(pk=photo.pk))
    return photos


def page(client, query: str = "") -> str:
    return client.get(reverse("gallery:trash") + query).content.decode()


def send(client, name: str, **data) -> str:
    return client.post(reverse(f"gallery:{name}"), data, follow=True).content.decode()


def test_an_empty_trash_says_so(client, gallery):
    assert "The trash is empty." in page(client)


def test_the_page_says_how_long_things_stay_and_that_they_count(client, gallery, settings):
    settings.TRASH_DAYS = 7

    assert "for 7 days" in page(client) and "counts as kept" in page(client)


def test_photos_are_listed_by_gallery_what_was_deleted_last_first(client, gallery, deleted):
    text = page(client)

    places = [text.index(str(photo.uuid)) for photo in reversed(deleted)]
    assert places == sorted(places) and f"<h2>{gallery.name}</h2>" in text


def test_a_long_part_has_pages_of_its_own(client, gallery, deleted, monkeypatch):
    monkeypatch.setattr(context, "FEW", 1)
    monkeypatch.setattr(context, "PAGE_SIZE", 2)
    assert str(deleted[0].uuid) not in page(client)

    first = client.get(reverse("gallery:trash"), {"gallery": gallery.uuid}).context["parts"][0]

    assert [tile.photo for tile in first.tiles] == [deleted[2], deleted[1]]
    (rest,) = client.get(reverse("gallery:trash") + first.more).context["parts"]
    assert [tile.photo for tile in rest.tiles] == [deleted[0]] and not rest.more
    assert client.get(f"{reverse('gallery:trash')}?gallery=x&after=y").status_code == 200


def test_chosen_photos_are_restored(client, gallery, deleted):
    text = send(client, "restore", photo=[str(photo.uuid) for photo in deleted[:2]])

    assert "2 photos are back." in text
    assert set(Photo.objects.visible_to(gallery.owner)) == set(deleted[:2])


def test_all_of_a_gallery_are_restored(client, gallery, deleted):
    assert "3 photos are back." in send(client, "restore", **{"from": gallery.uuid})
    assert set(Photo.objects.visible_to(gallery.owner)) == set(deleted)


def test_chosen_photos_are_deleted_for_good(client, gallery, deleted):
    text = send(client, "erase", photo=str(deleted[0].uuid))

    assert "1 photo was deleted for good." in text
    assert set(Photo.objects.all()) == set(deleted[1:])


def test_a_gallery_is_restored(client, gallery):
    trash.trash_gallery(gallery)
    assert gallery.name in page(client)

    assert "The gallery is back." in send(client, "restore", gallery=gallery.uuid)
    assert list(Gallery.objects.visible_to(gallery.owner)) == [gallery]


def test_a_gallery_is_deleted_for_good(client, gallery, deleted):
    trash.trash_gallery(gallery)

    assert "deleted for good" in send(client, "erase", gallery=gallery.uuid)
    assert not Gallery.objects.exists() and not Photo.objects.exists()


def test_the_trash_is_emptied(client, gallery, deleted):
    assert "3 photos were deleted for good." in send(client, "empty_trash")
    assert not Photo.objects.exists()


def test_without_a_photo_the_page_says_what_to_do(client, gallery, deleted):
    assert "Select photos first." in send(client, "restore")
    assert set(Photo.objects.in_trash_of(gallery.owner)) == set(deleted)


def test_what_others_deleted_is_nowhere(client, gallery):
    theirs = make_gallery(name="Theirs")
    photo = make_photo(gallery=theirs)
    trash.trash_photos(Photo.objects.filter(pk=photo.pk))
    second = make_gallery(owner=theirs.owner, name="Second")
    trash.trash_gallery(second)

    assert "The trash is empty." in page(client)
    thumbnail = reverse("gallery:trash_thumbnail", args=[photo.uuid])
    assert client.get(thumbnail).status_code == 404
    for name in ("restore", "erase"):
        for data in ({"photo": photo.uuid}, {"from": theirs.uuid}, {"gallery": second.uuid}):
            assert client.post(reverse(f"gallery:{name}"), data).status_code == 404


def test_a_page_takes_as_many_queries_for_many_photos(
    client, gallery, deleted, django_assert_max_num_queries
):
    with django_assert_max_num_queries(9):
        page(client)
