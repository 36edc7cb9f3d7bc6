"""Saved filters: pages and REST."""

import pytest
from django.urls import reverse

from gallery.models import SavedFilter
from gallery.tests.factories import make_gallery, make_ready, make_user

pytestmark = pytest.mark.django_db
FILTERS = "/api/v1/filters/"


def save(client, gallery, name="Happy", query="?attrs=Smiling"):
    address = reverse("gallery:save_filter", args=[gallery.uuid])
    return client.post(address + query, {"name": name}, follow=True)


def make_filter(gallery, name="Happy", attrs="Smiling", match="any") -> SavedFilter:
    kwargs = {"owner": gallery.owner, "gallery": gallery}
    return SavedFilter.objects.create(name=name, attrs=attrs, match=match, **kwargs)


def counts(response) -> dict[str, int | None]:
    return {saved.row.name: saved.count for saved in response.context["saved"]}


def test_the_present_filter_is_saved_under_a_name(client, gallery):
    response = save(client, gallery, query="?attrs=smiling,-young&match=every&view=faces")

    row = SavedFilter.objects.get()
    assert (row.owner, row.name, row.attrs) == (gallery.owner, "Happy", "Smiling,-Young")
    assert row.match == "every"
    assert "saved as “Happy”" in response.content.decode()
    assert response.redirect_chain[0][0].endswith("?attrs=Smiling,-Young&match=every&view=faces")


def test_a_name_is_taken_once_in_a_gallery(client, gallery):
    save(client, gallery)

    page = save(client, gallery, query="?attrs=Young").content.decode()

    assert "This gallery already has a filter called “Happy”." in page
    assert SavedFilter.objects.get().attrs == "Smiling"
    save(client, make_gallery(owner=gallery.owner))
    assert SavedFilter.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        (" ", "?attrs=Smiling", "Give the filter a name."),
        ("Bad", "?attrs=Smilng", "Did you mean Smiling"),
        ("x" * 101, "?attrs=Smiling", "at most 100 characters"),
    ],
)
def test_what_cannot_be_saved_is_explained(client, gallery, name, query, words):
    assert words in save(client, gallery, name, query).content.decode()
    assert not SavedFilter.objects.exists()


def test_the_panel_lists_them_with_live_counts(client, gallery, django_assert_max_num_queries):
    make_ready(gallery, smiling=0.9, young=0.9)
    make_ready(gallery, smiling=0.9, young=0.1)
    for number in range(5):
        make_filter(gallery, f"filter {number}", "Smiling,Young")
    make_filter(gallery, "all smile", "Smiling", match="every")
    make_filter(gallery, "broken", "Smilng")
    make_filter(gallery, "everything", "")
    make_filter(gallery, "own", "Young>=0.95|-Young")
    make_filter(gallery, "of photos", "Smiling,faces>=2")

    client.get(gallery.get_absolute_url())  # decisions are packed the first time

    with django_assert_max_num_queries(19):  # one for each of the last three
        response = client.get(gallery.get_absolute_url())

    assert counts(response)["filter 3"] == 1
    found = [counts(response)[name] for name in ("everything", "own", "of photos")]
    assert found == [2, 1, 0]
    assert counts(response)["all smile"] == 2
    assert counts(response)["broken"] is None


def test_counts_take_a_bounded_number_of_queries(client, gallery, django_assert_max_num_queries):
    make_ready(gallery, smiling=0.9)
    for number in range(60):
        make_filter(gallery, f"{number:02}", f"Smiling>=0.{100 + number},Young>=0.{100 + number}")
    make_filter(gallery, "packed", "Smiling")

    with django_assert_max_num_queries(60):
        response = client.get(gallery.get_absolute_url())

    of_thresholds = [counts(response)[f"{number:02}"] for number in range(60)]
    assert len([count for count in of_thresholds if count is not None]) == 20
    assert counts(response)["packed"] == 1
    assert "no longer valid" not in response.content.decode()


def test_the_one_that_is_open_is_marked(client, gallery):
    make_filter(gallery)

    response = client.get(gallery.get_absolute_url(), {"attrs": "smiling"})

    assert [saved.is_current for saved in response.context["saved"]] == [True]


def test_its_address_leads_to_what_it_leaves(client, gallery):
    row = make_filter(gallery, attrs="Smiling,?Bangs", match="every")

    response = client.get(row.get_absolute_url())

    assert response.url == f"{gallery.get_absolute_url()}?attrs=Smiling,?Bangs&match=every"


def test_it_is_renamed_and_deleted(client, gallery):
    row = make_filter(gallery)

    client.post(reverse("gallery:rename_filter", args=[row.uuid]), {"name": "Glad"})
    assert SavedFilter.objects.get().name == "Glad"
    page = client.post(reverse("gallery:delete_filter", args=[row.uuid]), follow=True)

    assert "“Glad” was deleted" in page.content.decode()
    assert not SavedFilter.objects.exists()


def test_it_is_not_renamed_to_a_name_that_is_taken(client, gallery):
    make_filter(gallery, "Glad")
    row = make_filter(gallery)

    client.post(reverse("gallery:rename_filter", args=[row.uuid]), {"name": "Glad"})

    assert set(SavedFilter.objects.values_list("name", flat=True)) == {"Glad", "Happy"}


@pytest.mark.parametrize("name", ["saved_filter", "rename_filter", "delete_filter"])
def test_a_strangers_filter_is_not_there(client, gallery, name):
    row = make_filter(make_gallery(owner=make_user()))
    address = reverse(f"gallery:{name}", args=[row.uuid])

    response = client.get(address) if name == "saved_filter" else client.post(address)

    assert response.status_code == 404
    assert SavedFilter.objects.get().name == "Happy"


def test_nobody_saves_into_a_strangers_gallery(client, gallery):
    assert save(client, make_gallery(owner=make_user())).status_code == 404
