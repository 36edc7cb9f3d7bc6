"""Pages: model versions side by side, for staff."""

import re

import pytest
from django.urls import reverse

from gallery.tests.factories import make_user, make_version
from gallery.tests.markup import one_line
from gallery.tests.versions import EPOCHS, make_listed, metrics
from ml.models import ModelVersion

pytestmark = pytest.mark.django_db
PAGE = "/models/"


@pytest.fixture
def staff(client):
    user = make_user("staff", is_staff=True)
    client.force_login(user)
    return user


def look(client, query: str = "") -> str:
    return one_line(client.get(PAGE + query).content.decode())


def row(html: str, label: str) -> str:
    """The words of an attribute's row."""
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    found = next(row for row in rows if re.search(rf"> ?{label} ?</?(th|summary)", row))
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_who_is_not_logged_in_is_asked_to(client):
    assert client.get(PAGE).url == f"{reverse('account_login')}?next={PAGE}"


def test_who_is_not_staff_finds_no_such_page_and_no_link_to_it(client):
    client.force_login(make_user())

    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get("/").content.decode()


def test_staff_find_the_page_by_its_link(client, staff):
    assert f'href="{PAGE}"' in client.get("/").content.decode()
    assert client.get(PAGE).status_code == 200


def test_the_page_cannot_be_posted_to(client, staff):
    assert client.post(PAGE).status_code == 405


def test_without_a_version_the_page_tells_the_next_step(client, staff):
    html = look(client)

    assert "No model yet" in html
    assert "manage.py activate_model" in html


def test_versions_are_listed_the_newest_first_and_the_active_one_is_marked(client, staff):
    old, new = make_listed("old", is_active=True), make_listed("new")

    html = look(client)

    listed = re.findall(r'name="versions" value="(\w+)"', html)
    assert listed == [new.short, old.short]
    assert html.count('class="mark"') == 1


def test_the_list_tells_where_the_metrics_were_measured(client, staff):
    make_listed("one", is_active=True, metrics=metrics(0.912))

    html = look(client)

    assert "measured on 1,949 valid faces" in html
    assert "<dt>Accuracy</dt> <dd>0.912</dd>" in html
    assert "<dt>Majority</dt> <dd>0.800</dd>" in html


def test_the_list_tells_how_far_yes_and_no_could_be_relied_on(client, staff):
    promise = {"yes_given": 36, "yes_kept": 31, "no_given": 40, "no_kept": 39, "unsure": 0.1887}
    make_listed("new", is_active=True, metrics={**metrics(), "promise": promise})
    make_listed("old", metrics=metrics())

    html = look(client)

    assert html.count("On these faces, yes was right in 85 % or more for 31 of the 36") == 1
    assert "no in 95 % or more for 39 of 40. Unsure were 18.9 % of the answers." in html


def test_a_version_that_brought_nothing_along_is_listed_all_the_same(client, staff):
    make_version()

    html = look(client)

    assert "This version has no metrics." in html
    assert row(html, "Smiling") == "Smiling – –"


def test_the_page_takes_as_many_queries_for_many_versions(client, staff, django_assert_num_queries):
    make_listed("active", is_active=True)
    for number in range(6):
        make_listed(f"old{number}", history=EPOCHS)

    # Session, person, list, active, previous, their details; two for permissions of the footer.
    with django_assert_num_queries(8):
        client.get(PAGE)


def test_the_active_version_and_the_one_before_are_compared_unless_told_otherwise(client, staff):
    for day in (1, 2, 3):
        make_listed(f"version{day}", activated_at=f"2026-11-0{day}T12:00Z")
    ModelVersion.objects.filter(name="version3").update(is_active=True)

    choice = client.get(PAGE).context["choice"]

    assert [version.name for version in choice.versions] == ["version3", "version2"]


@pytest.mark.parametrize("query", ["?versions={0},{1}", "?versions={0}&versions={1}"])
def test_the_address_chooses_the_versions(client, staff, query):
    chosen = [make_listed("one"), make_listed("two")]
    make_listed("three", is_active=True)

    choice = client.get(PAGE + query.format(*(version.short for version in chosen)))

    assert choice.context["choice"].versions == chosen


def test_no_more_than_four_stand_side_by_side(client, staff):
    shorts = [make_listed(f"version{number}").short for number in range(5)]

    response = client.get(f"{PAGE}?versions={','.join(shorts)}")

    assert len(response.context["choice"].versions) == 4
    assert "At most 4 versions" in response.content.decode()


def test_an_unknown_version_in_the_address_is_told(client, staff):
    make_listed("one", is_active=True)

    assert "is not registered" in look(client, "?versions=deadbeef")


def test_a_difference_to_the_active_version_is_marked(client, staff):
    make_listed("new", is_active=True, metrics=metrics(0.9))
    make_listed("old", metrics=metrics(0.88))

    html = look(client)

    assert row(html, "Smiling") == "Smiling 0.800 0.900 0.880 ▼ worse −0.020"


def test_a_small_difference_is_told_and_not_marked(client, staff):
    make_listed("new", is_active=True, metrics=metrics(0.9))
    make_listed("old", metrics=metrics(0.909))

    assert row(look(client), "Smiling") == "Smiling 0.800 0.900 0.909 +0.009"


def test_of_a_brier_score_less_is_better(client, staff):
    make_listed("new", is_active=True, metrics=metrics(0.9))
    make_listed("old", metrics=metrics(0.88))

    assert "▼ worse +0.020" in row(look(client, "?metric=brier"), "Smiling")


def test_the_largest_difference_comes_first_when_asked(client, staff):
    changed = metrics()
    changed["per_attribute"]["Young"]["accuracy"] = 0.7
    make_listed("new", is_active=True)
    make_listed("old", metrics=changed)

    rows = client.get(f"{PAGE}?order=difference").context["rows"]

    assert [row.label for row in rows[:2]] == ["All 40", "Young"]


def test_an_attribute_has_its_grade_and_the_reason(client, staff):
    reliability = {"Smiling": {"grade": "fair", "reason": "few faces <smile>"}}
    make_listed("one", is_active=True, reliability=reliability)

    html = look(client)

    assert '<span class="grade grade-fair">fair</span>' in html
    assert "few faces &lt;smile&gt;" in html


def test_versions_that_were_measured_on_other_faces_are_told_apart(client, staff):
    make_listed("new", is_active=True)
    make_listed("old", metrics=metrics(partition="test"))

    assert "measured on different faces" in look(client)


def test_the_settings_in_which_versions_differ_stand_first(client, staff):
    settings = {"epochs": 16, "augmentation": {"degrees": 10.0}, "head": [512, 256]}
    make_listed("new", is_active=True, facts={"training": settings})
    make_listed("old", facts={"training": settings | {"epochs": 8}, "data": {"train": 19094}})

    context = client.get(PAGE).context

    assert context["differing"] == [("epochs", ["16", "8"]), ("data train", ["–", "19094"])]
    assert ("augmentation degrees", ["10", "10"]) in context["same"]
    assert ("head", ["512, 256"] * 2) in context["same"]
