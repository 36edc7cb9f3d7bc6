"""Hostile files as people and programs send them: by the form, by the page's script, by REST.

What the gate itself makes of each file is in `test_hostile.py`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gallery.models import Gallery, Photo
from gallery.tests.factories import make_api_client
from gallery.tests.pictures import draw, encode, stored_files
from gallery.tests.uploads.test_hostile import ACCEPTED_BY_POLICY, FOLDER, files
from gallery.tests.uploads.test_parts import FORM, part
from gallery.uploads.gate import clean_image
from gallery.uploads.pictures import UploadError
from tests.hostile.mixed import changed_bits, cut_off, polyglots
from tests.sizes import IS_FULL

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TAKEN, REFUSED = "taken", "refused"
EACH = 1 if IS_FULL else 10  # every so many files of a kind


# --- Three ways in -------------------------------------------------------------------------------


class Form:
    """The form of a browser without scripts: it leads to the photo, or to a page that says why."""

    def __init__(self, client, gallery: Gallery) -> None:
        self.client, self.gallery = client, gallery
        self.address = reverse("gallery:upload", args=[gallery.uuid])

    def send(self, content: bytes) -> str:
        response = self.client.post(self.address, {"image": upload(content)})
        assert response.status_code == 302
        page = self.client.get(response.url)
        assert page.status_code == 200
        if response.url != self.gallery.get_absolute_url():
            return TAKEN
        return REFUSED if "odd.jpg: " in page.content.decode() else "a page without a word"


class Script(Form):
    """The script of the page, which is answered in JSON."""

    def send(self, content: bytes) -> str:
        headers = {"Accept": "application/json"}
        response = self.client.post(self.address, {"image": upload(content)}, headers=headers)
        answer = response.json()
        if response.status_code == 400 and answer["reason"].endswith("."):
            return REFUSED
        known = {(201, "created"): TAKEN, (200, "duplicate"): TAKEN}
        return known.get((response.status_code, answer["status"]), str(response.status_code))


class Rest:
    """The API, whose refusals name the field."""

    def __init__(self, client, gallery: Gallery) -> None:
        self.client, self.gallery = make_api_client(gallery.owner), gallery

    def send(self, content: bytes) -> str:
        form = {"gallery": self.gallery.uuid, "image": upload(content)}
        response = self.client.post("/api/v1/photos/", form)
        if response.status_code == 400:
            (reason,) = response.json()["error"]["fields"]["image"]
            return REFUSED if reason.endswith(".") else reason
        return {201: TAKEN, 200: TAKEN}.get(response.status_code, str(response.status_code))


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("odd.jpg", content, "image/jpeg")


@pytest.fixture(params=[Form, Script, Rest])
def way(request, client, gallery):
    return request.param(client, gallery)


def verdicts(way, *expected: str) -> dict[str, str]:
    """What became of some of the collection's files."""
    names = files(*expected)[::EACH]
    if not names:
        pytest.skip("no collection of hostile files here")
    return {name: way.send((FOLDER / name).read_bytes()) for name in names}


# --- What becomes of them ------------------------------------------------------------------------


def test_each_good_file_of_the_collection_is_stored_and_analysed(way, lab):
    answers = verdicts(way, "accept")

    assert {name: said for name, said in answers.items() if said != TAKEN} == {}
    lab.work()
    assert set(Photo.objects.values_list("status", flat=True)) == {Photo.Status.READY}


def test_each_bad_file_of_the_collection_is_refused_and_leaves_nothing(way, traces):
    with traces():
        answers = verdicts(way, "reject_400")

    assert {name: said for name, said in answers.items() if said != REFUSED} == {}


def test_each_file_that_may_go_either_way_goes_as_decided(way):
    answers = verdicts(way, "policy")

    for name, said in answers.items():
        assert (name, said) == (name, TAKEN if name in ACCEPTED_BY_POLICY else REFUSED)


@pytest.mark.parametrize("kind", [polyglots, cut_off, changed_bits])
def test_a_hostile_file_gets_the_verdict_of_the_gate(way, kind: Callable[[], Iterator[bytes]]):
    for content in list(kind())[::EACH]:
        assert way.send(content) == verdict_of_the_gate(content)


@pytest.mark.parametrize("kind", [b"text/html", b"image/svg+xml", b"nonsense", b""])
@pytest.mark.parametrize("by", ["form", "REST"])
def test_the_content_decides_whatever_type_is_sent(client, gallery, api, by, kind):
    form = reverse("gallery:upload", args=[gallery.uuid])
    sender, address = (client, form) if by == "form" else (api, "/api/v1/photos/")

    def send(content: bytes) -> int:
        head = b"Content-Type: " + kind + b"\r\n"
        body = part(b'name="gallery"', str(gallery.uuid).encode())
        body += part(b'name="image"; filename="page.html"', content, head) + b"--x--\r\n"
        headers = {"Accept": "application/json"}
        return sender.generic("POST", address, body, FORM, headers=headers).status_code

    assert send(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>") == 400
    assert send(encode(draw())) == 201
    picture = client.get(reverse("gallery:picture", args=[Photo.objects.get().uuid]))
    assert picture["Content-Type"] == "image/jpeg"


STORED = re.compile(r"[0-9a-f]{2}/[0-9a-f-]{36}\.(jpg|orig)")


def test_no_name_decides_where_a_file_is_stored_or_breaks_a_header(gallery, api, client, tmp_path):
    listed = FOLDER / "strings" / "filenames.txt"
    names = listed.read_bytes().split(b"\n")[::EACH] if listed.exists() else []
    names += [b"../../up.jpg", b"/etc/x.jpg", b"C:\\x.jpg", b"a\0b.php", b"a" * 5000, b"%2e%2e%2fx"]
    (tmp_path / "media").mkdir()
    beside = {*tmp_path.iterdir()}

    for number, name in enumerate(names):
        picture = encode(draw((64 + number, 64)))
        body = part(b'name="gallery"', str(gallery.uuid).encode())
        body += part(b'name="image"; filename="' + name + b'"', picture) + b"--x--\r\n"
        answer = api.generic("POST", "/api/v1/photos/", body, FORM)
        assert answer.status_code in (201, 400), name

    assert 2 * Photo.objects.count() == len(stored_files()) >= len(names)
    assert [path for path in stored_files() if not STORED.fullmatch(path)] == []
    assert {*tmp_path.iterdir()} == beside
    for photo in Photo.objects.all():
        address = reverse("gallery:picture", args=[photo.uuid])
        header = client.get(address, {"download": "1"})["Content-Disposition"]
        assert header.isprintable() and header.startswith("attachment; filename")


def test_a_refused_file_leaves_nothing(way, traces):
    with traces():
        assert {way.send(content) for content in list(cut_off())[::EACH]} == {REFUSED}


def verdict_of_the_gate(content: bytes) -> str:
    try:
        clean_image(ContentFile(content))
    except UploadError:
        return REFUSED
    return TAKEN


@pytest.fixture
def traces(rings, settings, tmp_path, django_capture_on_commit_callbacks):
    """A context after which no row, no file and no ring may have come of what was sent in it."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploads"
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000  # larger ones go through a file on disk
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()

    @contextmanager
    def none_left() -> Iterator[None]:
        with django_capture_on_commit_callbacks(execute=True):
            yield
        assert not Photo.objects.exists()
        assert stored_files() == []
        assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []
        assert rings == []

    return none_left
