"""What probes are told, and how little that is."""

import pytest
from django.core.files.storage import FileSystemStorage

from celebattr import health

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(client, redis_server):
    """Asks a site whose queue answers whether it is ready: the status, and what is missing."""

    def ask() -> tuple[int, list[str]]:
        response = client.get("/readyz", headers={"Host": "10.1.2.3:8000"})
        return response.status_code, response.json()["missing"]

    return ask


def fail(*args):
    raise OSError("postgres://me:secret@host cannot be reached")


def test_a_process_that_answers_is_alive_whatever_name_it_is_asked_by(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200


def test_a_site_is_ready_when_database_queue_and_storage_answer(ready):
    assert ready() == (200, [])
    assert ready() == (200, [])


def test_a_queue_that_is_away_is_named(ready, redis_server):
    redis_server.stop()

    assert ready() == (503, ["queue"])


def test_a_storage_that_cannot_be_read_is_named(ready, monkeypatch):
    monkeypatch.setattr(FileSystemStorage, "open", fail)

    assert ready() == (503, ["storage"])


def test_a_database_that_is_away_is_named_without_its_address(client, ready, monkeypatch, caplog):
    monkeypatch.setitem(health.PARTS, "database", fail)

    assert ready() == (503, ["database"])
    assert "secret" not in client.get("/readyz").content.decode()
    assert "database does not answer" in caplog.text
