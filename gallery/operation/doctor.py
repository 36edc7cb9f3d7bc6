"""Examines the site part by part: what is wrong, and which command or setting mends it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.core import checks, mail
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from gallery import storage
from gallery.analysis import jobs
from gallery.models import Photo, Sign
from gallery.models.sign import BACKUP, SWEEP
from gallery.people import second_steps
from ml.models import ModelVersion
from ml.networks.checkpoint import ENGINE, WEIGHTS, CheckpointError, file_sha256, read_config

LITTLE_DISK = 2_000_000_000  # bytes; below RESERVE_BYTES, uploads are refused
CLOCKS_APART, CLOCKS_WRONG = timedelta(seconds=2), timedelta(seconds=30)
OLD_BACKUP = timedelta(days=7)
MAIL_SECONDS = 10  # that the mail server has to answer
NEITHER_SENT = ("console", "filebased", "dummy", "locmem")
LOCAL = {"127.0.0.1", "localhost", "[::1]", "testserver"}

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Line:
    """What was found about a part, and what mends it."""

    part: str
    state: State
    says: str
    mend: str = ""


def examine() -> Iterator[Line]:
    """One line or more about each part. A check that fails itself is a line as well."""
    for part, check in CHECKS.items():
        try:
            for state, says, *mend in check():
                yield Line(part, state, says, *mend)
        except Exception as error:  # whatever is wrong: this is what the command is for
            yield Line(part, "fail", _in_a_line(error), MENDS.get(part, ""))


Findings = Iterator[tuple[Any, ...]]  # a state, what is said, and perhaps what mends it


def _settings() -> Findings:
    """What Django's checks and the site's own say; those about databases and models come below."""
    found = checks.run_checks(include_deployment_checks=settings.HTTPS)
    for message in found:
        state: State = "fail" if message.is_serious() else "warn"
        yield state, f"{message.msg} ({message.id})", message.hint or ""
    if settings.DEBUG:
        yield "warn", "DEBUG shows everyone the code and its variables", "set DEBUG=off"
    if not found and not settings.DEBUG:
        yield "ok", "every setting can be used"


def _database() -> Findings:
    version = ".".join(map(str, connection.get_database_version()))
    oldest = connection.features.minimum_database_version or ()
    if connection.get_database_version() < oldest:
        yield "fail", f"{connection.display_name} {version} is too old", "update it"
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield "fail", f"{len(plan)} migrations are missing", "manage.py migrate"
        return
    with transaction.atomic():
        Sign.objects.leave("probe")
        transaction.set_rollback(True)
    yield "ok", f"{connection.display_name} {version}, up to date and writable"


def _clock() -> Findings:
    if connection.vendor == "sqlite":
        yield "ok", "the database is on this machine"
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart = abs(timezone.now() - cursor.fetchone()[0])
    seconds = f"{apart.total_seconds():.1f} seconds between this machine's clock and the database's"
    if apart >= CLOCKS_APART:
        mend = "let both set their clocks by the network (NTP)"
        yield ("fail" if apart >= CLOCKS_WRONG else "warn"), seconds, mend
    else:
        yield "ok", seconds


def _queue() -> Findings:
    facts = jobs.queue_facts()
    version = facts.get("valkey_version") or facts.get("redis_version", "of unknown version")
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy.startswith("allkeys") and facts.get("maxmemory", "0") != "0":
        yield "warn", f"it drops calls when it is full ({policy})", "maxmemory-policy noeviction"
    yield "ok", f"version {version} answers"


def _storage() -> Findings:
    storage.check_writing()
    kind = "folder" if settings.STORAGES["default"] == settings.FOLDER else "bucket"
    yield "ok", f"the {kind} takes, gives and deletes files"


def _disk() -> Findings:
    for name, free in disks().items():
        says = f"{free / 1e9:.1f} GB are free in {name}"
        if free < LITTLE_DISK:
            mend = f"make room in {name}, or move it to a larger disk"
            yield ("fail" if free < settings.RESERVE_BYTES else "warn"), says, mend
        else:
            yield "ok", says


def disks() -> dict[str, float]:
    """The free bytes of each folder that the site fills, by the name of its setting."""
    folders = {"VAR_DIR": settings.VAR_DIR}
    if settings.STORAGES["default"] == settings.FOLDER:
        folders["MEDIA_ROOT"] = settings.MEDIA_ROOT
    return {name: _free_bytes(Path(folder)) for name, folder in folders.items()}


def _free_bytes(folder: Path) -> int:
    """Free space where the folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _model() -> Findings:
    version, mend = ModelVersion.objects.active(), "manage.py activate_model FOLDER"
    if version is None:
        yield "fail", "no model is active; photos wait", "manage.py activate_model"
        return
    folder = Path(version.folder)
    try:
        intact = read_config(folder)["sha256"] == version.sha256 == file_sha256(folder / WEIGHTS)
    except (CheckpointError, OSError) as error:
        yield "fail", f"{version} cannot be read: {_in_a_line(error)}", mend
        return
    if not intact:
        yield "fail", f"{folder} no longer holds {version}", mend
    elif not (folder / ENGINE).is_file():
        yield "warn", f"{version} has no engine for CPUs", f"manage.py export_model {folder}"
    else:
        yield "ok", f"{version}, with its weights and its engine"


def _worker() -> Findings:
    alive = [worker for worker in Sign.objects.workers() if worker.is_alive]
    waiting = Photo.objects.queued().count()
    if alive:
        yield "ok", f"{len(alive)} alive, {waiting} photos wait"
    else:
        yield "fail", f"none is alive, {waiting} photos wait", "manage.py rqworker default"


def _upkeep() -> Findings:
    sweep, backup = Sign.objects.last(SWEEP), Sign.objects.last(BACKUP)
    if sweep is None or timezone.now() - sweep.seen_at > timedelta(days=2):
        yield "warn", "no daily sweep in the last two days", "manage.py sweep"
    if backup is None:
        yield "warn", "there is no backup", "manage.py backup FOLDER, once a day"
    elif timezone.now() - backup.seen_at > OLD_BACKUP:
        yield "warn", f"the last backup is of {backup.seen_at:%Y-%m-%d}", "manage.py backup FOLDER"
    else:
        yield "ok", f"the last backup is of {backup.seen_at:%Y-%m-%d %H:%M}"


def _people() -> Findings:
    if lost := second_steps.unreadable():
        mend = "add the SECRET_KEY that the site had to SECRET_KEY_FALLBACKS"
        yield "fail", f"{lost} second steps cannot be read: nobody logs in by them", mend
    else:
        yield "ok", "every second step can be read"


def _proxy() -> Findings:
    public = set(settings.ALLOWED_HOSTS) - LOCAL
    if "*" in public:
        yield "warn", "ALLOWED_HOSTS accepts any name", "set ALLOWED_HOSTS to the site's names"
    if public and not settings.HTTPS:
        mend = "set HTTPS=on behind a proxy that has TLS and sets X-Forwarded-Proto"
        yield "warn", "passwords travel in plain text", mend
    elif settings.HTTPS and not public:
        yield "warn", "HTTPS is on, but only this machine is in ALLOWED_HOSTS", "set ALLOWED_HOSTS"
    else:
        yield "ok", "HTTPS is on" if settings.HTTPS else "for this machine only, without TLS"


def _mail() -> Findings:
    if settings.EMAIL_BACKEND.split(".")[-2] in NEITHER_SENT:
        yield "warn", "mail is not sent, so nobody can reset a password", "set EMAIL_URL"
        return
    server = mail.get_connection(timeout=MAIL_SECONDS)
    server.open()
    server.close()
    yield "ok", f"{settings.EMAIL_HOST} takes mail from {settings.DEFAULT_FROM_EMAIL}"


def _in_a_line(error: Exception) -> str:
    """The error's first line, with its kind where it says nothing itself."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


CHECKS: dict[str, Callable[[], Findings]] = {
    "settings": _settings,
    "database": _database,
    "clock": _clock,
    "queue": _queue,
    "storage": _storage,
    "disk": _disk,
    "model": _model,
    "worker": _worker,
    "upkeep": _upkeep,
    "people": _people,
    "proxy": _proxy,
    "mail": _mail,
}
MENDS = {  # where a part does not answer at all
    "database": "start it, or correct DATABASE_URL",
    "clock": "start the database, or correct DATABASE_URL",
    "queue": "start it, or correct REDIS_URL",
    "storage": "make it writable, or correct MEDIA_ROOT or STORAGE_URL",
    "mail": "correct EMAIL_URL",
    "model": "manage.py migrate",
    "worker": "manage.py migrate",
    "upkeep": "manage.py migrate",
    "people": "manage.py migrate",
}
