import json
import socket
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from gallery.models import Sign
from gallery.operation import doctor
from gallery.operation.doctor import Line, examine
from gallery.tests.factories import make_version
from ml.networks.checkpoint import WEIGHTS
from ml.tests.conftest import make_checkpoint

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def own_data_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def lines_about(part: str) -> list[Line]:
    return [line for line in examine() if line.part == part]


def states(part: str) -> list[str]:
    return [line.state for line in lines_about(part)]


@pytest.fixture
def sound(redis_server, settings, tmp_path):
    """A site on which nothing fails."""
    folder = make_checkpoint(tmp_path / "tiny")
    config = json.loads((folder / "config.json").read_text())
    make_version(folder=str(folder), sha256=config["sha256"])
    Sign.objects.leave("worker", "here:1")
    Sign.objects.leave("backup")
    Sign.objects.leave("sweep")
    return folder


def test_a_sound_site_has_a_line_about_each_part_and_no_failure(sound, capsys):
    call_command("doctor")

    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[1] for line in lines} == set(doctor.CHECKS)
    assert not [line for line in lines if line.startswith("fail")]


def test_what_fails_is_told_by_the_exit_code_and_in_json(sound, redis_server, capsys):
    redis_server.stop()

    with pytest.raises(CommandError, match="what fails: queue") as failed:
        call_command("doctor", "--json")

    (line,) = [line for line in json.loads(capsys.readouterr().out) if line["part"] == "queue"]
    assert failed.value.returncode == 1
    assert line["state"] == "fail" and line["mend"] == "start it, or correct REDIS_URL"


def test_weights_that_were_changed_are_found(sound):
    (sound / WEIGHTS).write_bytes(b"others")

    assert states("model") == ["fail"]


def test_a_model_that_is_gone_is_found(sound):
    (sound / "config.json").unlink()

    assert "no checkpoint here" in lines_about("model")[0].says


def test_without_a_model_the_command_is_named():
    assert lines_about("model")[0].mend == "manage.py activate_model"


def test_a_worker_that_fell_silent_is_not_alive(sound):
    Sign.objects.filter(kind="worker").update(seen_at=timezone.now() - timedelta(hours=1))

    assert lines_about("worker")[0].says == "none is alive, 0 photos wait"


def test_a_storage_that_takes_nothing_fails(monkeypatch):
    monkeypatch.setattr(FileSystemStorage, "_save", lambda *args: 1 / 0)

    assert states("storage") == ["fail"]


@pytest.mark.parametrize("free, state", [(1e11, "ok"), (1e9, "warn"), (1e8, "fail")])
def test_a_disk_that_fills_is_told_in_time(monkeypatch, free, state):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: Usage(1e12, 0, free))

    assert states("disk") == [state, state]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has the machine's own clock")
@pytest.mark.parametrize("apart, state", [(0, "ok"), (10, "warn"), (3600, "fail")])
def test_clocks_that_differ_are_found(monkeypatch, apart, state):
    now = timezone.now() + timedelta(seconds=apart)
    monkeypatch.setattr(doctor.timezone, "now", lambda: now)

    assert states("clock") == [state]


def test_missing_migrations_are_named(monkeypatch):
    monkeypatch.setattr(doctor.MigrationExecutor, "migration_plan", lambda *args: [1, 2])

    assert lines_about("database") == [
        Line("database", "fail", "2 migrations are missing", "manage.py migrate")
    ]


@pytest.mark.parametrize(
    "hosts, https, state",
    [
        (["localhost"], False, "ok"),
        (["example.org"], False, "warn"),
        (["example.org"], True, "ok"),
        (["localhost"], True, "warn"),
        (["*"], True, "warn"),
    ],
)
def test_what_a_public_site_needs_is_asked_of_it(settings, hosts, https, state):
    settings.ALLOWED_HOSTS, settings.HTTPS = hosts, https

    assert states("proxy")[0] == state


def test_a_mail_server_that_is_away_fails(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"

    assert states("mail") == ["fail"]


def test_mail_that_is_only_printed_is_warned_of(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert states("mail") == ["warn"]


def test_debug_is_warned_of(settings):
    settings.DEBUG = True

    assert "DEBUG" in lines_about("settings")[-1].says


def test_a_site_without_backups_is_warned(sound):
    Sign.objects.filter(kind="backup").delete()

    assert lines_about("upkeep")[0].says == "there is no backup"
