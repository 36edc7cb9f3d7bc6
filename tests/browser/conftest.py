"""A real Chromium in front of the site."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.test.utils import modify_settings
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from skimage.data import astronaut

from celebattr.scripts import ENTRIES, whole_script
from gallery.analysis import jobs
from gallery.models import Photo
from gallery.tests.conftest import activate
from gallery.tests.factories import make_user
from ml.tests.conftest import make_checkpoint

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60_000  # milliseconds that anything may take on a busy machine

lock = threading.RLock()


def one_at_a_time(get_response: Callable) -> Callable:
    """SQLite in memory is one connection, which the server's threads and the test share."""

    def middleware(request):
        with lock:
            return get_response(request)

    return middleware


class WholeScripts(BaseFinder):
    """Finds the joined scripts, which a deployed site serves."""

    def __init__(self, *_: Any) -> None:
        self._made = tempfile.TemporaryDirectory()  # removed with this finder
        self._folder = Path(self._made.name)
        for name in ENTRIES:
            (self._folder / name).write_text(whole_script(settings.BASE_DIR / "static/js" / name))

    def find(self, path: str, **_: Any) -> str | list[str]:
        folder, _, name = path.rpartition("/")
        return str(self._folder / name) if folder == "js" and name in ENTRIES else []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = FileSystemStorage(self._folder)
        storage.prefix = "js"
        return ((name, storage) for name in ENTRIES)


@pytest.fixture(scope="session")
def server(request, django_db_setup, django_db_blocker) -> str:
    """The site's address."""
    with modify_settings(
        MIDDLEWARE={"prepend": f"{__name__}.one_at_a_time"},
        STATICFILES_FINDERS={"prepend": f"{__name__}.WholeScripts"},
    ):
        return request.getfixturevalue("live_server").url


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Its loop runs in this thread; Django takes it for one that must not wait for rows.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def chromium(playwright) -> Iterator[Browser]:
    with start_chromium(playwright) as browser:
        yield browser


def start_chromium(playwright: Playwright, **options: Any) -> Browser:
    """A Chromium, which is closed with the block that it is used in."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return playwright.chromium.launch(executable_path=path, args=FLAGS, **options)


@pytest.fixture
def on_purpose() -> list[str]:
    """What Chromium may report, because tests do it on purpose; a test may add to it."""
    return ["status of 400", "ERR_FAILED"]


@pytest.fixture
def open_context(
    chromium, server, transactional_db, on_purpose
) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows of their own; when the test ends, none may have broken the policy."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.accept()))
        page.on("console", lambda message: note(message.type, message.text))

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(part in text for part in on_purpose):
            troubles.append(text)

    def open_one(**kwargs) -> BrowserContext:
        context = chromium.new_context(base_url=server, **kwargs)
        context.set_default_timeout(PATIENCE)
        context.on("page", watch)
        contexts.append(context)
        return context

    expect.set_options(timeout=PATIENCE)
    yield open_one
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(open_context) -> Page:
    """A window in which nobody is logged in."""
    return open_context().new_page()


@pytest.fixture
def alice(page, server):
    """The person who is logged in in that window."""
    user = make_user("alice", first_name="Alice")
    log_in(page.context, user, server)
    return user


def log_in(context: BrowserContext, user, server: str) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    cookie = client.cookies[name].value
    context.add_cookies([{"name": name, "value": cookie, "url": server}])


@pytest.fixture(scope="session")
def browser_checkpoint(tmp_path_factory) -> Path:
    """A checkpoint of random weights."""
    return make_checkpoint(tmp_path_factory.mktemp("checkpoints") / "tiny")


@pytest.fixture
def analyse(browser_checkpoint, transactional_db) -> Callable[[], None]:
    """Does the worker's part, in this process, with a real model of random weights."""
    with lock:
        activate(browser_checkpoint)

    def run() -> None:
        with lock:
            while jobs.analyst().analyse_batch():
                pass

    return run


@pytest.fixture
def small_pictures(monkeypatch):
    """For rows without files: every picture is one pixel, or a portrait to be photographed."""
    monkeypatch.setattr(Photo, "open_file", lambda photo, variant="": open_small())


def open_small() -> BytesIO:
    file = BytesIO()
    is_seen = "SCREENSHOTS" in os.environ
    image = Image.fromarray(astronaut()) if is_seen else Image.new("RGB", (1, 1), "gray")
    image.save(file, "JPEG")
    file.seek(0)
    return file


@pytest.fixture
def pictures(tmp_path) -> Callable[[int], list[Path]]:
    """Writes portraits, no two of them alike."""

    def write(count: int) -> list[Path]:
        portrait = Image.fromarray(astronaut()).resize((256, 256))
        paths = [tmp_path / f"portrait{number}.jpg" for number in range(count)]
        for number, path in enumerate(paths):
            portrait.putpixel((0, 0), (number, number, number))
            portrait.save(path.with_suffix(".png"))
            path.with_suffix(".png").rename(path)
        return paths

    return write
