"""The months of a grid that is in the order of a date."""

from datetime import UTC, datetime

import pytest

from gallery.filters.look import Look
from gallery.models import Photo
from gallery.tests.conftest import HTMX
from gallery.tests.factories import make_photo, make_ready
from gallery.views.contexts.months import find_months
from gallery.views.contexts.page import PAGE_SIZE

pytestmark = pytest.mark.django_db

NAMES = ("2024-06", "2024-05", "2023-12")


@pytest.fixture
def dated(gallery) -> dict[str, list[Photo]]:
    """Two photos of each of three months, and two without a date, by month; mixed uploads."""
    months: dict[str, list[Photo]] = {}
    for day in (1, 15):
        for name in (*NAMES, "none"):
            taken = None if name == "none" else datetime.fromisoformat(f"{name}-{day:02}")
            photo = make_ready(gallery, smiling=day / 20)
            Photo.objects.filter(pk=photo.pk).update(taken_at=taken)
            months.setdefault(name, []).append(photo)
    return months


def headings(response) -> list[tuple[str, str]]:
    return [(tile.month, tile.heading) for tile in response.context["tiles"]]


def months(response) -> list[tuple[str, str, int]]:
    return [(month.name, month.words, month.count) for month in response.context["months"]]


def test_each_month_begins_with_a_heading_and_the_undated_come_last(client, gallery, dated):
    page = client.get(gallery.get_absolute_url(), {"sort": "taken"})

    expected = [("2024-06", "June 2024"), ("2024-05", "May 2024"), ("2023-12", "December 2023")]
    expected.append(("none", "No date"))
    assert [pair for pair in headings(page) if pair[1]] == expected
    assert months(page) == [(name, words, 2) for name, words in expected]
    assert [month.year for month in page.context["months"]] == ["2024", "", "2023", ""]


def test_the_oldest_first_turns_months_around_but_not_those_without_a_date(client, gallery, dated):
    page = client.get(gallery.get_absolute_url(), {"sort": "-taken", "attrs": "Smiling"})

    assert months(page) == [
        ("2023-12", "December 2023", 1),
        ("2024-05", "May 2024", 1),
        ("2024-06", "June 2024", 1),
        ("none", "No date", 1),
    ]


@pytest.mark.parametrize("sort", ["taken", "-taken"])
@pytest.mark.parametrize("month", [*NAMES, "none"])
def test_a_month_is_where_its_link_leads_and_the_rest_is_before_and_behind(
    client, gallery, dated, sort, month
):
    whole = client.get(gallery.get_absolute_url(), {"sort": sort})
    everyone = [tile.photo for tile in whole.context["tiles"]]
    (link,) = (link for link in whole.context["months"] if link.name == month)

    page = client.get(link.href)

    shown = [tile.photo for tile in page.context["tiles"]]
    assert shown == everyone[everyone.index(shown[0]) :]
    assert set(shown[:2]) == set(dated[month])
    assert page.context["tiles"][0].heading == link.words
    assert bool(page.context["earlier"]) == (shown != everyone)
    if page.context["earlier"]:
        before = client.get(page.context["earlier"], headers={**HTMX, "HX-Target": "earlier"})
        assert [tile.photo for tile in before.context["tiles"]] + shown == everyone
        assert headings(before) + headings(page) == headings(whole)


@pytest.mark.parametrize(("month", "first"), [("2024-04", "2023-12"), ("2025-01", "2024-06")])
def test_a_month_without_photos_leads_to_the_next_one_that_has_some(
    client, gallery, dated, month, first
):
    page = client.get(gallery.get_absolute_url(), {"sort": "taken", "from": month})

    assert page.context["tiles"][0].month == first


def test_a_month_beyond_the_end_leads_to_the_first_page(client, gallery):
    make_photo(gallery=gallery, taken_at=datetime(2024, 6, 1))

    page = client.get(gallery.get_absolute_url(), {"sort": "taken", "from": "1999-01"})

    assert len(page.context["tiles"]) == 1


@pytest.mark.parametrize("month", ["June", "2024", "2024-13", "2024-06-01", "\0"])
def test_what_is_no_month_is_said_so(client, gallery, month):
    page = client.get(gallery.get_absolute_url(), {"sort": "taken", "from": month})

    assert page.status_code == 400
    assert "Write it as in 2024-06." in page.content.decode()


def test_a_month_that_goes_on_has_no_second_heading_on_the_next_page(client, gallery):
    for number in range(PAGE_SIZE + 5):
        make_photo(gallery=gallery, taken_at=datetime(2024, 6 if number else 5, 1))
    first = client.get(gallery.get_absolute_url(), {"sort": "taken"})

    rest = client.get(first.context["more"], headers={**HTMX, "HX-Target": "more"})

    assert [words for _, words in headings(rest) if words] == ["May 2024"]


def test_uploads_have_the_months_of_the_sites_time_zone(client, gallery, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    moments = [datetime(2026, 1, 31, 10, 59, tzinfo=UTC), datetime(2026, 1, 31, 11, tzinfo=UTC)]
    photos = [make_photo(gallery=gallery) for _ in moments]
    for photo, moment in zip(photos, moments, strict=True):
        Photo.objects.filter(pk=photo.pk).update(created_at=moment)

    newest = client.get(gallery.get_absolute_url())
    january = client.get(gallery.get_absolute_url(), {"from": "2026-01"})
    oldest = client.get(gallery.get_absolute_url(), {"sort": "oldest", "from": "2026-02"})

    expected = [("2026-02", "February 2026", 1), ("2026-01", "January 2026", 1)]
    assert months(newest) == expected and months(oldest) == expected[::-1]
    assert [tile.photo for tile in january.context["tiles"]] == photos[:1]
    assert [tile.photo for tile in oldest.context["tiles"]] == photos[1:]


def test_months_of_a_zone_of_half_hours_are_exact(client, gallery, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    for minute in (29, 30):
        photo = make_photo(gallery=gallery)
        moment = datetime(2026, 1, 31, 18, minute, tzinfo=UTC)
        Photo.objects.filter(pk=photo.pk).update(created_at=moment)
    photos = Photo.objects.in_gallery(gallery)

    assert find_months(Look(), photos, None) == {"2026-02": 1, "2026-01": 1}


def test_of_many_photos_with_a_filter_about_faces_the_months_are_not_counted(
    client, gallery, dated, monkeypatch
):
    monkeypatch.setattr("gallery.views.contexts.months.MOST_FILTERED", 7)
    monkeypatch.setattr("gallery.views.contexts.page.PAGE_SIZE", 2)
    address = gallery.get_absolute_url()

    counted = client.get(address, {"sort": "taken"})
    uncounted = client.get(address, {"sort": "taken", "attrs": "Smiling"})

    assert {month.count for month in counted.context["months"]} == {2}
    assert {month.count for month in uncounted.context["months"]} == {None}
    assert [month.name for month in uncounted.context["months"]] == [*NAMES, "none"]


@pytest.mark.parametrize("query", [{}, {"sort": "name"}, {"sort": "taken", "view": "faces"}])
def test_one_month_another_order_and_faces_have_no_months(client, gallery, dated, query):
    page = client.get(gallery.get_absolute_url(), query)

    assert not any(month or heading for month, heading in headings(page)) or not query
    assert not any(heading for _, heading in headings(page))
    assert 'id="months"' not in page.content.decode()


def test_months_take_as_many_queries_for_many_photos(
    client, gallery, dated, django_assert_max_num_queries
):
    with django_assert_max_num_queries(21):
        client.get(gallery.get_absolute_url(), {"sort": "taken", "from": "2024-05"})


def test_the_address_that_is_shown_keeps_the_month(client, gallery, dated):
    address = f"{gallery.get_absolute_url()}?sort=taken&from=2024-05"

    answer = client.get(address, headers={**HTMX, "HX-Target": "results"})

    assert answer["HX-Push-Url"] == address
