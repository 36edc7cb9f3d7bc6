"""Files come from the addresses of photos and faces only, however an address is spelled."""

import pytest
from django.conf import settings

from tests.access.table import ACTORS, ROUTES

pytestmark = pytest.mark.django_db

MEDIA = [
    f"{room}:{name}"
    for room in ("gallery", "api")
    for name in ("picture", "preview", "thumbnail", "crop")
]


def spelled(path: str, stored: str) -> list[str]:
    """Ways to reach the stored file, or a file of the site, past the address of the photo."""
    folder, _, name = path.rpartition("/")
    up = ("..", "%2e%2e", "%252e%252e", "..%2f..", "..%5c..", "..\\..", "%00", ".%00.")
    return [
        *(f"{folder}/{step}/{name}" for step in up),
        *(f"{path}/{step}/settings.py" for step in up),
        *(f"/static/{step}/celebattr/settings.py" for step in up),
        *(f"/media/{step}/{stored}" for step in ("", ".", *up)),
        f"{path}%00.txt",
        f"{path}/",
        f"/{stored}",
        f"/static/{stored}",
        f"/static/{settings.MEDIA_ROOT}/{stored}",
        f"//{settings.BASE_DIR}/manage.py",
        f"/media/{settings.MEDIA_ROOT}/{stored}",
    ]


@pytest.mark.parametrize("name", MEDIA)
def test_no_other_spelling_leads_to_a_file(world, name):
    paths = spelled(world.path(ROUTES[name]), world.theirs.photos.file_name())

    found = {
        (actor, path): status
        for actor in ACTORS
        for path in paths
        if (status := world.clients[actor].generic("GET", path).status_code) not in (404, 400, 401)
    }

    assert found == {}


@pytest.mark.parametrize("name", MEDIA)
@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("bytes=0-", 206),
        ("bytes=5-2", 416),
        ("bytes=" + ",".join(["0-1"] * 1000), 200),
        ("bytes=" + "9" * 5000 + "-", 200),
        ("lines=1", 200),
        ("bytes=-", 200),
    ],
)
def test_no_range_breaks_the_answer(world, name, wanted, status):
    client, path = world.clients["owner"], world.path(ROUTES[name])
    whole = client.get(path).getvalue()

    response = client.get(path, HTTP_RANGE=wanted)

    assert response.status_code == status
    assert (response.getvalue() == whole) is (status < 400)


@pytest.mark.parametrize("name", MEDIA)
def test_nginx_is_never_told_what_somebody_typed(world, name, settings):
    settings.ACCEL_REDIRECT = "/private/"
    client, path = world.clients["owner"], world.path(ROUTES[name])
    client.get(path).getvalue()  # a smaller picture is made, which nginx then sends

    response = client.get(path, {"name": "../../etc/passwd", "download": "/etc/passwd", "box": "/"})

    sent = response["X-Accel-Redirect"]
    assert sent.startswith(f"/private/{world.theirs.photos.file_name().removesuffix('.jpg')}")
    assert "passwd" not in sent
