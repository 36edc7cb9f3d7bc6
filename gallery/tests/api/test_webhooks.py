"""REST: webhooks made, changed, tried, looked at and deleted."""

from uuid import uuid4

import pytest

from gallery.api import webhooks as view
from gallery.models import Act, Webhook
from gallery.models.webhook import MOST_OF_A_PERSON
from gallery.people.second_steps import decrypt
from gallery.tests.factories import make_api_client, make_gallery, make_user, make_webhook
from gallery.webhooks.addresses import INSIDE, Refused

pytestmark = pytest.mark.django_db

HOOKS = "/api/v1/webhooks/"
BODY = {"url": "https://receiver.example/in?key=s3cret", "events": ["photo.failed", "photo.ready"]}


@pytest.fixture(autouse=True)
def any_address(monkeypatch):
    """Names of hosts are not looked up; gallery/tests/webhooks/test_addresses.py has them."""
    monkeypatch.setattr(view, "check_url", lambda url: None)


def post(api, **more):
    return api.post(HOOKS, {**BODY, **more}, format="json")


def address(hook, end: str = "") -> str:
    return f"{HOOKS}{hook.uuid}/{end}"


def error_of(answer) -> dict:
    return answer.json()["error"]


def test_a_webhook_is_made_and_tells_its_secret_once(api, gallery):
    made = post(api)

    hook = Webhook.objects.get()
    assert made.status_code == 201, made.content
    assert (hook.owner, hook.gallery) == (gallery.owner, None)
    assert made.json()["secret"] == decrypt(hook.secret)
    assert made.json()["events"] == ["photo.ready", "photo.failed"]
    assert made.json()["is_active"]
    assert api.get(address(hook)).json()["secret"] is None
    assert api.get(HOOKS).json()["results"][0]["secret"] is None


def test_the_audit_trail_names_its_host_only(api, gallery):
    post(api)
    api.delete(address(Webhook.objects.get()))

    kinds = (Act.Kind.WEBHOOK_MADE, Act.Kind.WEBHOOK_DELETED)
    acts = Act.objects.filter(kind__in=kinds).order_by("pk")
    assert [(act.kind, act.about) for act in acts] == [(kind, "receiver.example") for kind in kinds]


def test_it_may_hear_of_one_gallery(api, gallery):
    assert post(api, gallery=str(gallery.uuid)).json()["gallery"] == str(gallery.uuid)
    assert Webhook.objects.get().gallery == gallery


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_it_hears_of_no_gallery_that_is_not_mine(api, whose):
    gallery = make_gallery().uuid if whose == "somebody else's" else uuid4()

    assert post(api, gallery=str(gallery)).status_code == 404
    assert not Webhook.objects.exists()


def test_a_token_for_one_gallery_makes_none_for_all(gallery):
    one = make_api_client(gallery.owner, gallery=gallery)

    assert post(one).status_code == 403
    assert post(one, gallery=str(gallery.uuid)).status_code == 201


@pytest.mark.parametrize("method", ["post", "patch"])
def test_an_address_that_is_refused_is_explained(api, gallery, monkeypatch, method):
    def refuse(url: str) -> None:
        raise Refused(INSIDE)

    hook = make_webhook(owner=gallery.owner)
    monkeypatch.setattr(view, "check_url", refuse)
    where = HOOKS if method == "post" else address(hook)

    answer = getattr(api, method)(where, BODY, format="json")

    assert answer.status_code == 400
    assert error_of(answer)["fields"] == {"url": [INSIDE]}


@pytest.mark.parametrize("events", [[], ["photo.gone"], "photo.ready", None, [1]])
def test_events_that_there_are_not_are_refused(api, events):
    answer = post(api, events=events)

    assert answer.status_code == 400
    assert list(error_of(answer)["fields"]) == ["events"]


def test_a_person_has_so_many_and_no_more(api, gallery):
    for _ in range(MOST_OF_A_PERSON):
        make_webhook(owner=gallery.owner)

    answer = post(api)

    assert (answer.status_code, error_of(answer)["code"]) == (409, "conflict")
    assert Webhook.objects.count() == MOST_OF_A_PERSON


def test_one_is_changed_only_where_the_request_says_so(api, gallery):
    hook = make_webhook(gallery=gallery)

    answer = api.patch(address(hook), {"events": ["rerun.done"]}, format="json")

    hook.refresh_from_db()
    assert answer.json()["events"] == hook.events == ["rerun.done"]
    assert (hook.url, hook.gallery) == ("https://receiver.example/in", gallery)


def test_one_is_turned_off_and_on(api, gallery):
    failed = {"failing_since": "2026-01-01T00:00Z", "disabled_because": "It is gone."}
    hook = make_webhook(owner=gallery.owner, **failed)

    off = api.patch(address(hook), {"is_active": False}, format="json").json()
    on = api.patch(address(hook), {"is_active": True}, format="json").json()

    assert (off["is_active"], on["is_active"]) == (False, True)
    assert (on["failing_since"], on["disabled_because"]) == (None, "")


def test_a_test_is_put_on_its_way_and_listed(api, gallery):
    hook = make_webhook(owner=gallery.owner)

    sent = api.post(address(hook, "test/"))
    (delivery,) = api.get(address(hook, "deliveries/")).json()["results"]

    assert sent.status_code == 202
    assert (delivery["event"], delivery["tries"], delivery["status"]) == ("test", 0, None)
    assert delivery["id"].startswith("msg_")


def test_one_test_waits_at_most(api, gallery):
    hook = make_webhook(owner=gallery.owner)

    answers = [api.post(address(hook, "test/")).status_code for _ in range(3)]

    assert (answers, hook.deliveries.count()) == ([202] * 3, 1)


def test_one_that_is_turned_off_takes_no_test(api, gallery):
    hook = make_webhook(owner=gallery.owner, is_active=False)

    assert api.post(address(hook, "test/")).status_code == 409
    assert not hook.deliveries.exists()


def test_deliveries_come_in_pages_newest_first(api, gallery, django_assert_max_num_queries):
    hook = make_webhook(owner=gallery.owner)
    for number in range(3):
        hook.deliveries.create(event="test", body="{}", tries=number)

    with django_assert_max_num_queries(6):
        page = api.get(address(hook, "deliveries/"), {"page_size": 2}).json()
    rest = api.get(page["next"]).json()

    assert [one["tries"] for one in page["results"] + rest["results"]] == [2, 1, 0]


def test_a_new_secret_is_told_once_and_the_old_one_stays_for_a_day(api, gallery):
    hook = make_webhook(owner=gallery.owner)
    old = hook.secret

    told = api.post(address(hook, "secret/")).json()["secret"]

    hook.refresh_from_db()
    assert told == decrypt(hook.secret)
    assert hook.secrets() == [hook.secret, old]


def test_a_webhook_goes_with_what_it_has_not_been_sent(api, gallery):
    hook = make_webhook(owner=gallery.owner)
    hook.deliveries.create(event="test", body="{}")

    assert api.delete(address(hook)).status_code == 204
    assert not Webhook.objects.exists()


def test_somebody_elses_webhook_does_not_exist(gallery):
    hook, other = make_webhook(gallery=gallery), make_api_client(make_user())

    gets = [other.get(address(hook, end)) for end in ("", "deliveries/")]
    posts = [other.post(address(hook, end)) for end in ("test/", "secret/")]
    changes = [other.patch(address(hook), {}, format="json"), other.delete(address(hook))]

    assert {answer.status_code for answer in gets + posts + changes} == {404}
    assert other.get(HOOKS).json()["results"] == []
