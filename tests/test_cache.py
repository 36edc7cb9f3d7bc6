"""The cache that all web processes share, and what they do without it."""

import pytest
from django.core.cache import cache

from celebattr import cache as shared
from celebattr.cache import SharedCache
from gallery.tests.factories import make_user
from gallery.tests.people.entering import log_in


def test_two_processes_count_together(redis_server):
    one, other = (SharedCache(redis_server.url, {}) for _ in range(2))

    one.add("tries", 0)
    one.incr("tries")

    assert other.incr("tries") == 2


def test_what_is_written_is_text(redis_server):
    cache.set("times", [1.5, 2.5])

    assert cache.get("times") == [1.5, 2.5]
    assert SharedCache(redis_server.url, {}).shared._cache.get_client().get(":1:times") == (
        b"[1.5, 2.5]"
    )


def test_without_redis_the_process_counts_for_itself(caplog):
    cache.add("tries", 0)

    assert cache.incr("tries") == 1
    assert "Redis is away" in caplog.text


def test_when_redis_is_back_it_counts_again(redis_server, monkeypatch):
    monkeypatch.setattr(shared, "PAUSE", 0.0)
    one = SharedCache(redis_server.url, {})
    redis_server.stop()
    one.set("key", "own")
    assert one.get("key") == "own"

    redis_server.start()
    one.set("key", "shared")

    assert SharedCache(redis_server.url, {}).get("key") == "shared"


@pytest.mark.django_db
def test_people_sign_in_without_redis(client):
    make_user("anna")

    assert log_in(client, "anna").url == "/"
