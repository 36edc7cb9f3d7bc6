"""What was deleted is at no address, and but for the trash nowhere: not in a row, not in a file."""

import os

import pytest
from django.conf import settings

from gallery.library.deletion import delete_account
from gallery.models import ApiToken, Face, Photo
from tests.access.table import OWN, ROUTES, ROWS
from tests.access.world import all_rows

pytestmark = pytest.mark.django_db

ABOUT = {
    "photos": ("photos", "faces"),
    "galleries": ("galleries", "photos", "faces", "filters", "webhooks"),
}


@pytest.mark.parametrize("days", [0, 30])
@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("DELETE", "api:photo-detail"),
        ("POST", "gallery:delete_photo"),
        ("DELETE", "api:gallery-detail"),
        ("POST", "gallery:delete"),
    ],
)
def test_no_address_of_what_was_deleted_answers(
    world, method, name, days, settings, django_capture_on_commit_callbacks
):
    settings.TRASH_DAYS = days
    route = ROUTES[name]
    with django_capture_on_commit_callbacks(execute=True):
        world.send("owner", method, route)

    answers = {
        (other, verb): world.ask("owner", verb, ROUTES[other]).status_code
        for other in OWN
        if ROUTES[other].kind in ABOUT[route.kind]
        for row in ROWS[other]
        for verb in row.methods
    }

    assert {key: status for key, status in answers.items() if status != 404} == {}
    assert bool(files_of(world.theirs.photos)) == bool(days)  # in the trash they stay


def test_a_deleted_account_leaves_nothing(world, django_capture_on_commit_callbacks):
    token = world.clients["reader"]
    key, photo = world.owner.pk, world.theirs.photos
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(world.owner)

    rows = [row for rows in all_rows().values() for row in rows]
    assert not [row for row in rows if key in (row.get("owner_id"), row.get("user_id"))]
    assert not Photo.objects.filter(uuid=photo.uuid).exists()
    assert not Face.objects.filter(uuid=world.theirs.faces.uuid).exists()
    assert not ApiToken.objects.filter(user_id=key).exists()
    assert files_of(photo) == []
    assert token.get("/api/v1/galleries/").status_code == 401
    assert world.clients["owner"].get("/account/").status_code == 302


def files_of(photo: Photo) -> list[str]:
    """All that is stored under the photo's id."""
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(settings.MEDIA_ROOT)
        for name in names
    ]
    return [name for name in found if str(photo.uuid) in name]
