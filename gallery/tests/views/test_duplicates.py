"""The page of photos that look alike."""

import pytest
from django.urls import reverse

from gallery.models import Gallery, Photo
from gallery.tests.factories import make_gallery, make_photo

pytestmark = pytest.mark.django_db
SAME = {"likeness_across": 5, "likeness_down": 7}


def make_alike(gallery: Gallery, *widths: int, **kwargs) -> list[Photo]:
    return [make_photo(gallery=gallery, width=width, **SAME | kwargs) for width in widths]


def address(gallery: Gallery, name: str = "duplicates") -> str:
    return reverse(f"gallery:{name}", args=[gallery.uuid])


def shown(response) -> list[list[Photo]]:
    return [[tile.photo for tile in group] for group in response.context["groups"]]


def left(gallery: Gallery) -> set[Photo]:
    return set(Photo.objects.visible_to(gallery.owner).in_gallery(gallery))


def named(best: Photo, *others: Photo) -> dict[str, object]:
    return {"best": best.uuid, "photo": [photo.uuid for photo in others]}


def test_groups_are_shown_with_the_best_first(client, gallery):
    small, large = make_alike(gallery, 640, 900)
    make_photo(gallery=gallery, likeness_across=-1, likeness_down=-1)

    response = client.get(address(gallery))

    assert shown(response) == [[large, small]]
    assert response.content.decode().count("Best</span>") == 1


def test_keeping_the_best_puts_the_others_into_the_trash_and_back(client, gallery):
    best, *others = make_alike(gallery, 900, 800, 700)

    response = client.post(address(gallery, "keep_best"), named(best, *others), follow=True)

    assert left(gallery) == {best}
    assert "2 photos are in the trash." in response.content.decode()
    batch = Photo.objects.get(pk=others[0].pk).batch
    client.post(reverse("gallery:undo"), {"batch": batch})
    assert left(gallery) == {best, *others}


def test_the_way_back_leads_to_the_same_page(client, gallery):
    best, other = make_alike(gallery, 900, 800)
    page = f"{address(gallery)}?after=x"

    response = client.post(address(gallery, "keep_best"), {**named(best, other), "next": page})

    assert response.url == page


def test_nothing_is_deleted_if_the_best_is_gone(client, gallery):
    best, other = make_alike(gallery, 900, 800)
    best.delete()

    response = client.post(address(gallery, "keep_best"), named(best, other))

    assert response.status_code == 404
    assert left(gallery) == {other}


def test_the_best_is_never_deleted(client, gallery):
    best, other = make_alike(gallery, 900, 800)

    client.post(address(gallery, "keep_best"), named(best, best, other))

    assert left(gallery) == {best}


def test_all_stay_and_are_not_shown_again(client, gallery):
    photos = make_alike(gallery, 900, 800)

    response = client.post(address(gallery, "keep_all"), named(*photos), follow=True)

    assert shown(response) == []
    assert "All photos of the group stay." in response.content.decode()
    assert left(gallery) == set(photos)


@pytest.mark.parametrize("name", ["keep_best", "keep_all"])
def test_photos_of_another_gallery_are_not_there(client, gallery, name):
    mine = make_alike(make_gallery(owner=gallery.owner), 900, 800)
    theirs = make_alike(make_gallery(), 900, 800)

    for photos in (mine, theirs):
        assert client.post(address(gallery, name), named(*photos)).status_code == 404
        assert client.post(address(photos[0].gallery, name), {}).status_code == 404
    assert Photo.objects.filter(deleted_at=None).count() == 4


def test_groups_come_in_pages(client, gallery, monkeypatch):
    monkeypatch.setattr("gallery.views.contexts.duplicates.PAGE_SIZE", 1)
    first = make_alike(gallery, 900, 800)
    second = make_alike(gallery, 900, 800, likeness_across=-1)

    page = client.get(address(gallery))
    after = client.get(address(gallery), {"after": page.context["more"]})

    assert (shown(page), shown(after)) == ([second], [first])
    assert after.context["more"] == ""
    assert client.get(address(gallery), {"after": "?"}).status_code == 404


def test_what_is_not_compared_yet_is_said(client, gallery, monkeypatch):
    monkeypatch.setattr("gallery.views.contexts.duplicates.MOST_PHOTOS", 1)
    make_alike(gallery, 900)
    make_photo(gallery=gallery)

    page = client.get(address(gallery)).content.decode()

    assert "1 older photo has not been compared yet." in page
    assert "The newest 1 photos are compared." in page
    assert "No two photos look alike." in page


def test_the_page_takes_the_same_queries_however_many(client, gallery, django_assert_num_queries):
    for number in range(4):
        make_alike(gallery, 900, 800, likeness_down=2 ** (number * 15) - 1)
    client.get(address(gallery))

    with django_assert_num_queries(11):
        client.get(address(gallery))


def test_the_menu_of_a_gallery_leads_there(client, gallery):
    assert address(gallery) in client.get(gallery.get_absolute_url()).content.decode()


# --- REST


def test_rest_lists_the_groups_in_pages(api, gallery):
    first = make_alike(gallery, 900, 800)
    second = make_alike(gallery, 900, 800, likeness_across=-1)
    path = f"/api/v1/galleries/{gallery.uuid}/duplicates/"

    page = api.get(path, {"page_size": 1}).json()
    after = api.get(page["next"]).json()

    for answer, (best, other) in ((page, second), (after, first)):
        (group,) = answer["results"]
        assert group["best"]["id"] == str(best.uuid)
        assert [photo["id"] for photo in group["others"]] == [str(other.uuid)]
    assert after["next"] is None


def test_rest_keeps_photos(api, gallery):
    photos = make_alike(gallery, 900, 800)
    path = f"/api/v1/galleries/{gallery.uuid}/duplicates/"
    body = {"photos": [str(photo.uuid) for photo in photos]}

    assert api.post(f"{path}keep/", body, format="json").status_code == 204
    assert api.get(path).json()["results"] == []


def test_rest_keeps_no_photo_of_others(api, gallery):
    mine, theirs = make_alike(gallery, 900)[0], make_alike(make_gallery(), 900)[0]
    path = f"/api/v1/galleries/{gallery.uuid}/duplicates/keep/"

    for photos, status in (([mine, theirs], 404), ([mine], 400)):
        body = {"photos": [str(photo.uuid) for photo in photos]}
        assert api.post(path, body, format="json").status_code == status
