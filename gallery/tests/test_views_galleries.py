import pytest
from django.urls import reverse

from gallery.models import Gallery, Photo
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_photo,
    make_ready,
    make_user,
)
from gallery.views.galleries import PAGE_SIZE

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def shown(response) -> list[Photo]:
    return [tile.photo for tile in response.context["tiles"]]


def choices(response, name: str) -> dict[str, int | None]:
    """The panel's counts of an attribute."""
    rows = [row for group in response.context["groups"] for row in group.rows]
    row = next(row for row in rows if row.attribute.name == name)
    return {choice.word: choice.count for choice in row.choices}


# --- The first page


def test_signed_out_the_first_page_says_what_this_is(client):
    page = client.get("/").content.decode()

    assert "Find photos by what is in the faces" in page
    assert reverse("signup") in page


def test_signed_in_the_first_page_lists_galleries_with_what_waits(client, gallery):
    make_photo(gallery=gallery)
    make_ready(gallery)
    make_gallery(name="Of someone else")

    page = client.get("/").content.decode()

    assert "2 photos" in page
    assert "1 being analysed" in page
    assert "Of someone else" not in page


def test_the_first_page_takes_as_many_queries_for_many_galleries(
    client, gallery, django_assert_num_queries
):
    for _ in range(5):
        make_photo(gallery=make_gallery(owner=gallery.owner))

    with django_assert_num_queries(3):  # session, person, galleries
        client.get("/")


# --- Make, rename, delete


def test_a_gallery_is_made(client, gallery):
    response = client.post(reverse("gallery:create"), {"name": "Summer"})

    made = Gallery.objects.get(name="Summer")
    assert made.owner == gallery.owner
    assert response.url == made.get_absolute_url()


def test_a_gallery_needs_a_name(client, gallery):
    response = client.post(reverse("gallery:create"), {"name": " "}, follow=True)

    assert "Give the gallery a name." in response.content.decode()
    assert Gallery.objects.count() == 1


def test_a_gallery_is_renamed(client, gallery):
    client.post(reverse("gallery:rename", args=[gallery.uuid]), {"name": "Family"})

    gallery.refresh_from_db()
    assert gallery.name == "Family"


def test_a_gallery_is_deleted_with_its_photos(client, gallery):
    make_photo(gallery=gallery)

    response = client.post(reverse("gallery:delete", args=[gallery.uuid]), follow=True)

    assert "were deleted" in response.content.decode()
    assert not Photo.objects.exists()


@pytest.mark.parametrize("name", ["rename", "delete", "retry", "upload"])
def test_nobody_changes_a_strangers_gallery(client, gallery, name):
    other = make_gallery(name="Theirs")

    response = client.post(reverse(f"gallery:{name}", args=[other.uuid]), {"name": "Mine"})

    assert response.status_code == 404
    other.refresh_from_db()
    assert other.name == "Theirs"


@pytest.mark.parametrize("name", ["rename", "delete", "retry"])
def test_looking_changes_nothing(client, gallery, name):
    assert client.get(reverse(f"gallery:{name}", args=[gallery.uuid])).status_code == 405


@pytest.mark.parametrize("name", ["gallery", "upload", "progress"])
def test_a_strangers_gallery_is_not_there(client, gallery, name):
    assert client.get(reverse(f"gallery:{name}", args=[make_gallery().uuid])).status_code == 404


@pytest.mark.parametrize("name", ["gallery", "upload", "progress"])
def test_without_a_log_in_there_is_the_log_in(client, name):
    response = client.get(reverse(f"gallery:{name}", args=[make_gallery().uuid]))

    assert response.url.startswith(reverse("login"))


# --- Look and filter


def test_the_newest_photos_come_first(client, gallery):
    photos = [make_photo(gallery=gallery) for _ in range(3)]

    assert shown(client.get(gallery.get_absolute_url())) == photos[::-1]


def test_the_filter_leaves_what_matches(client, gallery):
    smiling = make_ready(gallery, smiling=0.9)
    make_ready(gallery, smiling=0.9, eyeglasses=0.9)
    make_ready(gallery, smiling=0.1, eyeglasses=0.1)
    make_face(smiling, eyeglasses=0.1)

    response = client.get(gallery.get_absolute_url(), {"attrs": "Smiling,?Eyeglasses"})

    assert shown(response) == [smiling]
    assert "<strong>1 photo:</strong> Smiling, unsure about eyeglasses" in response.content.decode()


def test_every_face_may_be_asked_for(client, gallery):
    both = make_ready(gallery, smiling=0.9)
    make_face(make_ready(gallery, smiling=0.9), smiling=0.1)

    response = client.get(gallery.get_absolute_url(), {"attrs": "Smiling", "match": "every"})

    assert shown(response) == [both]


def test_the_panel_counts_what_each_choice_would_leave(client, gallery):
    make_ready(gallery, smiling=0.9, young=0.9)
    make_ready(gallery, smiling=0.9, young=0.1)
    make_ready(gallery, smiling=0.1, young=0.1)

    response = client.get(gallery.get_absolute_url(), {"attrs": "Smiling"})

    assert choices(response, "Young") == {"any": None, "yes": 1, "no": 1, "unsure": 0}
    assert choices(response, "Smiling") == {"any": None, "yes": 2, "no": 1, "unsure": 0}


def test_the_panel_has_all_40_attributes_as_links(client, gallery):
    response = client.get(gallery.get_absolute_url(), {"attrs": "Smiling", "sort": "Young"})

    groups = response.context["groups"]
    hrefs = {choice.href for group in groups for row in group.rows for choice in row.choices}
    assert sum(len(group.rows) for group in groups) == 40
    assert f"{gallery.get_absolute_url()}?attrs=Smiling,-Bald&sort=Young" in hrefs
    assert f"{gallery.get_absolute_url()}?sort=Young" in hrefs


def row_of(response, name: str):
    rows = (row for group in response.context["groups"] for row in group.rows)
    return next(row for row in rows if row.attribute.name == name)


def test_a_slider_sets_a_threshold_within_the_look(client, gallery):
    make_ready(gallery, smiling=0.7, young=0.9)
    make_ready(gallery, smiling=0.9, young=0.9)
    slider = {"look": "?attrs=Young,?Smiling&view=faces", "own": "Smiling", "at_least": "0.8"}

    response = client.get(gallery.get_absolute_url(), slider, headers=HTMX)

    query = "?attrs=Young,Smiling%3E%3D0.8&view=faces"
    assert response["HX-Push-Url"] == gallery.get_absolute_url() + query
    assert response.context["found"] == 1
    assert row_of(response, "Smiling").slider == 0.8


def test_a_slider_begins_at_the_models_threshold(client, gallery):
    make_ready(gallery)

    response = client.get(gallery.get_absolute_url(), {"attrs": "Young>=0.8,Male|Young"})

    assert (row_of(response, "Young").slider, row_of(response, "Young").has_threshold) == (
        0.8,
        True,
    )
    assert (row_of(response, "Male").slider, row_of(response, "Male").has_threshold) == (0.6, False)


@pytest.mark.parametrize("number", ["", "2", "nonsense"])
def test_a_threshold_that_is_none_is_explained(client, gallery, number):
    slider = {"own": "Smiling", "at_least": number}

    response = client.get(gallery.get_absolute_url(), slider)

    assert response.status_code == 400
    assert "A number between 0 and 1 is needed" in response.content.decode()


def test_the_export_takes_the_filter_along(client, gallery):
    page = client.get(gallery.get_absolute_url(), {"attrs": "Smiling"}).content.decode()

    for ending in ("csv", "jsonl", "coco.json", "zip"):
        assert f'href="{gallery.get_absolute_url()}export.{ending}?attrs=Smiling"' in page


def test_sorted_by_an_attribute_each_tile_shows_its_value(client, gallery):
    low, high = make_ready(gallery, smiling=0.2), make_ready(gallery, smiling=0.914)
    waiting = make_photo(gallery=gallery)

    response = client.get(gallery.get_absolute_url(), {"sort": "smiling"})

    assert shown(response) == [high, low, waiting]
    values = [tile.value for tile in response.context["tiles"]]
    assert values == ["91\N{NO-BREAK SPACE}%", "20\N{NO-BREAK SPACE}%", ""]


def test_faces_are_shown_each_with_its_own_place(client, gallery):
    photo = make_ready(gallery, smiling=0.9)
    second = make_face(photo, smiling=0.8)
    make_face(photo, smiling=0.1)

    response = client.get(
        gallery.get_absolute_url(), {"view": "faces", "attrs": "Smiling", "sort": "-Smiling"}
    )

    tiles = response.context["tiles"]
    assert len(tiles) == 2
    assert tiles[0].href.endswith(f"&face={second.uuid}")


def test_pictures_are_told_in_words(client, gallery):
    photo = make_ready(gallery, smiling=0.9, young=0.8, male=0.1)

    page = client.get(gallery.get_absolute_url()).content.decode()

    assert f'alt="{photo.original_name}: smiling, young"' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"attrs": "Smilng"}, "Did you mean Smiling"),
        ({"sort": "Smilng"}, "Did you mean Smiling"),
        ({"match": "most"}, "Use any or every"),
        ({"view": "dogs"}, "Use photos or faces"),
        ({"after": "nonsense"}, "The address of this page is broken"),
    ],
)
def test_a_query_that_cannot_be_read_is_explained(client, gallery, query, words):
    make_ready(gallery)

    response = client.get(gallery.get_absolute_url(), query)

    assert response.status_code == 400
    assert words in response.content.decode()


def test_the_text_of_a_mistyped_filter_is_kept(client, gallery):
    response = client.get(gallery.get_absolute_url(), {"attrs": 'Smilng,"<b>'}, headers=HTMX)

    assert response.status_code == 400
    assert 'value="Smilng,&quot;&lt;b&gt;"' in response.content.decode()


def test_htmx_gets_a_fragment_and_the_canonical_address(client, gallery):
    response = client.get(
        gallery.get_absolute_url(), {"attrs": " smiling ", "match": "any"}, headers=HTMX
    )

    assert "<html" not in response.content.decode()
    assert response["HX-Push-Url"] == f"{gallery.get_absolute_url()}?attrs=Smiling"
    assert "HX-Request" in response["Vary"]


def test_a_long_list_goes_on_behind_a_link(client, gallery):
    photos = [make_photo(gallery=gallery) for _ in range(PAGE_SIZE + 1)]
    first = client.get(gallery.get_absolute_url())

    rest = client.get(first.context["more"], headers={**HTMX, "HX-Target": "more"})

    assert shown(rest) == [photos[0]]
    assert rest.context["more"] == ""
    assert rest.content.decode().lstrip().startswith("<li")


def test_a_gallery_takes_as_many_queries_for_many_photos(
    client, gallery, django_assert_max_num_queries
):
    for _ in range(10):
        make_face(make_ready(gallery, smiling=0.9))

    with django_assert_max_num_queries(14):
        client.get(gallery.get_absolute_url(), {"attrs": "Smiling", "sort": "Smiling"})
    with django_assert_max_num_queries(14):
        client.get(gallery.get_absolute_url(), {"attrs": "Smiling", "view": "faces"})


def test_an_empty_gallery_says_what_to_do(client, gallery):
    assert "No photos yet" in client.get(gallery.get_absolute_url()).content.decode()


def test_without_a_model_a_gallery_still_opens(client, gallery):
    make_photo(gallery=gallery)

    response = client.get(gallery.get_absolute_url(), {"attrs": "Smiling"})

    assert response.status_code == 200
    assert "No photo matches" in response.content.decode()


def test_failed_photos_show_why_and_are_tried_again(client, gallery):
    make_photo(gallery=gallery, status=Photo.Status.FAILED, failure="The picture is damaged.")
    assert "The picture is damaged." in client.get(gallery.get_absolute_url()).content.decode()

    client.post(reverse("gallery:retry", args=[gallery.uuid]))

    assert Photo.objects.queued().count() == 1


# --- Progress


def ask(client, gallery, query="", **seen):
    parameters = "&".join(f"{status}={photo.uuid}" for status, photo in seen.items())
    address = reverse("gallery:progress", args=[gallery.uuid])
    return client.get(f"{address}?{parameters}{query}", headers=HTMX)


def test_a_finished_photo_gets_its_tile(client, gallery):
    photo = make_ready(gallery)

    page = ask(client, gallery, queued=photo).content.decode()

    assert f'id="photo-{photo.uuid}" data-status="ready" hx-swap-oob="true"' in page


def test_what_did_not_move_is_not_sent_again(client, gallery):
    photo = make_photo(gallery=gallery)

    assert f"photo-{photo.uuid}" not in ask(client, gallery, queued=photo).content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_any_number_of_finished_photos_takes_as_many_queries(
    client, gallery, django_assert_num_queries, count
):
    make_photo(gallery=gallery)
    photos = [make_ready(gallery, smiling=0.9) for _ in range(count)]
    address = reverse("gallery:progress", args=[gallery.uuid])
    query = {"queued": [photo.uuid for photo in photos], "attrs": "Smiling", "view": "faces"}

    with django_assert_num_queries(8):
        page = client.get(address, query, headers=HTMX).content.decode()

    assert page.count('id="face-') == count


def test_the_panel_comes_when_all_is_done(client, gallery):
    photo = make_ready(gallery)
    assert 'id="panel"' in ask(client, gallery, queued=photo).content.decode()

    make_photo(gallery=gallery)

    assert 'id="panel"' not in ask(client, gallery, queued=photo).content.decode()
    assert 'id="panel"' in ask(client, gallery, "&panel=1", queued=photo).content.decode()


def test_a_finished_photo_that_does_not_match_goes(client, gallery):
    photo = make_ready(gallery, smiling=0.1)

    page = ask(client, gallery, "&attrs=Smiling", queued=photo).content.decode()

    assert f'<li id="photo-{photo.uuid}" hx-swap-oob="delete">' in page


def test_among_faces_a_finished_photo_becomes_its_matching_faces(client, gallery):
    photo = make_ready(gallery, smiling=0.9)
    other = make_face(photo, smiling=0.1)

    page = ask(client, gallery, "&attrs=Smiling&view=faces", queued=photo).content.decode()

    assert f'hx-swap-oob="afterend:#photo-{photo.uuid}"' in page
    assert page.count('id="face-') == 1
    assert f"face-{other.uuid}" not in page


def test_a_strangers_photo_is_not_told_of(client, gallery):
    theirs = make_ready(make_gallery(owner=make_user()))

    assert str(theirs.uuid) not in ask(client, gallery, queued=theirs).content.decode()


def test_nonsense_among_the_ids_is_passed_over(client, gallery):
    assert ask(client, gallery, "&queued=nonsense&attrs=Nonsense").status_code == 200


def test_the_first_page_tells_of_finished_photos_too(client, gallery):
    photo = make_ready(gallery)

    page = client.get("/", {"queued": photo.uuid}, headers=HTMX).content.decode()

    assert 'id="galleries" hx-swap-oob="innerHTML"' in page
    assert f'id="photo-{photo.uuid}" data-status="ready"' in page
