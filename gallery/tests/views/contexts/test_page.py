"""Pages: a gallery as it is looked at: filter, order, view, panel."""

import re

import pytest
from django.urls import reverse

from gallery.models import Photo
from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_face, make_photo, make_photo_with, make_ready
from gallery.tests.markup import one_line
from gallery.views.contexts.page import PAGE_SIZE
from gallery.views.contexts.panel import compact
from ml.attributes import EXCLUSIVE_GROUPS
from ml.models import ModelVersion

pytestmark = pytest.mark.django_db


def shown(response) -> list[Photo]:
    return [tile.photo for tile in response.context["tiles"]]


def row_of(response, name: str):
    """The panel's row of an attribute."""
    rows = (row for group in response.context["groups"] for row in group.rows)
    return next(row for row in rows if row.attribute.name == name)


def choices(response, name: str) -> dict[str, int]:
    """The panel's counts of an attribute."""
    return {part.decision: part.count for part in row_of(response, name).parts}


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

    assert choices(response, "Young") == {"yes": 1, "unsure": 0, "no": 1}
    assert choices(response, "Smiling") == {"yes": 2, "unsure": 0, "no": 1}


def test_the_panel_has_all_40_attributes_as_links(client, gallery):
    response = client.get(gallery.get_absolute_url(), {"attrs": "Smiling", "sort": "Young"})

    groups = response.context["groups"]
    hrefs = {part.href for group in groups for row in group.rows for part in row.parts}
    assert sum(len(group.rows) for group in groups) == 40
    assert f"{gallery.get_absolute_url()}?attrs=Smiling,-Bald&sort=Young" in hrefs
    assert f"{gallery.get_absolute_url()}?sort=Young" in hrefs


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


def test_a_filter_that_cannot_be_read_offers_nothing_that_would_drop_it(client, gallery):
    make_ready(gallery)

    page = client.get(gallery.get_absolute_url(), {"attrs": "Smilng"}).content.decode()

    assert 'value="Smilng"' in page
    assert "Export" not in page
    assert 'id="sort"' not in page
    assert 'id="view-faces"' not in page


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
    values = [tile.values for tile in response.context["tiles"]]
    assert values == [("91\N{NO-BREAK SPACE}%",), ("20\N{NO-BREAK SPACE}%",), ()]


def test_each_tile_shows_the_values_of_the_face_that_the_filter_found(client, gallery):
    photo = make_ready(gallery, smiling=0.2, male=0.99)
    make_face(photo, smiling=0.9, male=0.1)
    make_face(photo, smiling=0.8, male=0.3)

    def values(attrs, sort=""):
        query = {"attrs": attrs, "sort": sort}
        (tile,) = client.get(gallery.get_absolute_url(), query).context["tiles"]
        return [value.replace("\N{NO-BREAK SPACE}", " ") for value in tile.values]

    assert values("Smiling") == ["Smiling 90 %"]
    assert values("Smiling,-Male", "Male") == ["Male 30 %", "Smiling 80 %"]
    assert values("Male>=0.5", "-Smiling") == ["Smiling 20 %", "Male 99 %"]


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

    with django_assert_max_num_queries(16):
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


def test_a_part_that_is_on_switches_itself_off(client, gallery):
    make_ready(gallery, smiling=0.9)

    response = client.get(gallery.get_absolute_url(), {"attrs": "Smiling|?Smiling"})

    parts = {part.decision: part for part in row_of(response, "Smiling").parts}
    assert [part.is_on for part in parts.values()] == [True, True, False]
    assert parts["yes"].href.endswith("?attrs=?Smiling")


def test_colors_of_hair_that_are_joined_are_both_marked(client, gallery):
    make_ready(gallery, black_hair=0.9)

    response = client.get(gallery.get_absolute_url(), {"attrs": "Black_Hair|Brown_Hair"})

    assert [
        row_of(response, f"{color}_Hair").is_chosen for color in ("Black", "Brown", "Gray")
    ] == [
        True,
        True,
        False,
    ]


def test_of_a_group_of_which_a_face_has_one_the_panel_says_so(client, gallery):
    make_ready(gallery)

    page = client.get(gallery.get_absolute_url()).content.decode()

    assert re.search(r"Hair color\s*<span[^>]*>any of these</span>", page)
    assert page.count("any of these") == len(EXCLUSIVE_GROUPS)


def test_the_choice_of_any_or_every_face_is_called_match(client, gallery):
    make_ready(gallery)

    page = one_line(client.get(gallery.get_absolute_url()).content.decode())
    group = page.partition('id="match-label"')[2].partition("</div>")[0]

    assert one_line(re.sub("^[^>]*>|<[^>]*>", "", group)) == "Match any face every face"


def test_the_panel_counts_photos_by_their_number_of_faces(client, gallery):
    make_photo_with({"detector": "whole"}, gallery=gallery)
    for number in (1, 1, 2, 4):
        make_photo_with(*[{}] * number, gallery=gallery)

    page = one_line(client.get(gallery.get_absolute_url(), {"attrs": "faces=1"}).content.decode())

    for place, (word, photos) in enumerate(
        [("0", "1 photo"), ("1", "2 photos"), ("2", "1 photo"), ("3+", "1 photo")], start=1
    ):
        link = re.search(rf'<a [^>]*id="faces-{place}"[^>]*>[^<]*', page)[0]
        assert f'title="{photos}"' in link and link.endswith(f">{word}")
        assert ('aria-current="true"' in link) == (word == "1")


def test_among_faces_the_faces_are_counted(client, gallery):
    make_photo_with({"smiling": 0.9}, {"smiling": 0.8}, gallery=gallery)
    make_ready(gallery, smiling=0.1)

    def said(**query):
        page = client.get(gallery.get_absolute_url(), {"view": "faces", **query})
        return one_line(re.sub("<[^>]*>", "", page.content.decode()))

    assert "3 faces in 2 photos" in said()
    assert "2 faces in 1 photo: Smiling" in said(attrs="Smiling")


def test_the_bar_of_selected_faces_asks_to_mark_them_yes_or_no(client, gallery):
    make_ready(gallery, wearing_hat=0.9)

    page = client.get(gallery.get_absolute_url(), {"view": "faces", "attrs": "Wearing_Hat"})
    bar = page.content.decode().partition('id="bulk"')[2].partition("</form>")[0]
    words = one_line(re.sub("<option.*?</option>|<[^>]*>", "", bar, flags=re.DOTALL))

    assert "Mark: Yes for Wearing hat No for Wearing hat" in words


def test_what_the_model_recognizes_poorly_stands_last(client, gallery):
    make_ready(gallery)
    ModelVersion.objects.update(reliability={"Bald": {"grade": "poor", "reason": "few"}})

    groups = client.get(gallery.get_absolute_url()).context["groups"]

    assert [row.attribute.name for row in groups[-1].rows] == ["Bald"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (1_250, "1.2k"),
        (9_999, "9.9k"),
        (17_549, "17k"),
        (999_999, "999k"),
        (3_450_000, "3.4M"),
        (12_000_000, "12M"),
    ],
)
def test_a_count_takes_at_most_four_characters(count, words):
    assert compact(count) == words


def test_a_sentence_without_scripts_leads_to_what_was_understood(client, gallery):
    asked = {"say": "bald man on the beach", "look": "?attrs=-Male,Young&match=every"}

    response = client.get(gallery.get_absolute_url(), asked, follow=True)

    assert response.redirect_chain[-1][0].endswith("?attrs=Young,Bald,Male&match=every")
    assert "Not understood: &quot;beach&quot;." in response.content.decode()


def test_a_sentence_that_contradicts_itself_leaves_the_filter_as_it_was(client, gallery):
    asked = {"say": "smiling, not smiling", "look": "?attrs=Young"}

    response = client.get(gallery.get_absolute_url(), asked, follow=True)

    assert response.redirect_chain[-1][0].endswith("?attrs=Young")
    assert "notice" in response.content.decode()


def test_a_grid_begins_around_the_tile_that_one_comes_back_to(client, gallery):
    photos = [make_photo(gallery=gallery) for _ in range(2 * PAGE_SIZE)][::-1]

    response = client.get(gallery.get_absolute_url(), {"at": photos[100].uuid})
    above = client.get(response.context["earlier"])

    assert shown(response) == photos[70:]
    assert shown(above) == photos[10:70]
    assert (
        client.get(f"{response.context['earlier']}&size=14").context["tiles"][0].photo
        == (photos[56])
    )
    assert client.get(response.context["address"]).context["tiles"][0].photo == photos[70]


def test_faces_are_come_back_to_as_well(client, gallery):
    faces = [make_ready(gallery).faces.get() for _ in range(PAGE_SIZE)][::-1]
    photo = faces[50].photo

    page = client.get(f"{photo.get_absolute_url()}?view=faces&face={faces[50].uuid}")
    back = page.context["back"]

    assert back.endswith(f"?view=faces&at={faces[50].uuid}#face-{faces[50].uuid}")
    assert faces[50] in [tile.face for tile in client.get(back).context["tiles"]]


@pytest.mark.parametrize("at", ["x", "00000000-0000-4000-8000-000000000000"])
def test_what_is_not_there_leads_to_the_first_page(client, gallery, at):
    photo = make_photo(gallery=gallery)

    assert shown(client.get(gallery.get_absolute_url(), {"at": at})) == [photo]
