"""Whatever fields somebody adds to what they send: only those are read that are theirs to write."""

from typing import Any

import pytest

from gallery.models import Gallery
from gallery.tests.factories import make_user
from tests.access.table import OWN, ROUTES, ROWS
from tests.access.world import World, all_rows

pytestmark = pytest.mark.django_db

WRITES = [
    (name, method)
    for name in OWN
    if name.startswith(("gallery:", "api:"))
    for row in ROWS[name]
    for method in row.methods
    if method in ("POST", "PATCH")
]
FORGED = "00000000-0000-4000-8000-000000000000"
# These differ each time.
RANDOM = {
    *("id", "uuid", "batch", "before", "digest", "token_key", "request_id"),
    "secret",  # of webhooks
    "former_secret",
    "renewed_at",
    "body",
    "next_at",
    *("created", "created_at", "deleted_at", "expiry", "expires_at", "revoked_at"),
    "accepted_at",
    "used_at",
}


@pytest.mark.parametrize(("name", "method"), WRITES)
def test_a_field_that_is_not_for_writing_changes_nothing(world, name, method):
    more = make_forged()
    plain, forged = result(world, name, method), result(world, name, method, **more)

    if forged[0] == 400:  # it takes no field that it does not know
        plain = 400, result(world, name, "HEAD")[1]
    assert forged == plain
    assert FORGED not in str(forged)
    assert "datetime(2001," not in str(forged)


def make_forged() -> dict[str, Any]:
    """Whose it is, who one is, what the model said, and when."""
    other = make_user("victor").pk
    return {
        **dict.fromkeys(("owner", "user", "person", "by", "owner_id", "user_id"), other),
        **dict.fromkeys(("id", "uuid", "pk"), FORGED),
        **dict.fromkeys(("is_staff", "is_superuser", "is_active"), True),
        **dict.fromkeys(("status", "detector"), "whole"),
        **dict.fromkeys(("probability", "probabilities", "smiling", "score", "angle"), 0.123),
        **dict.fromkeys(("created_at", "analysed_at", "date_joined"), "2001-01-01T00:00:00Z"),
        **dict.fromkeys(("username", "failure", "sha256", "original_name", "request_id"), "forged"),
    }


def result(world: World, name: str, method: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """The status, and the rows as they then are, without what differs each time."""
    with world.undone("owner"):
        status = world.send("owner", method, ROUTES[name], **more).status_code
        return status, {
            label: sorted((comparable(row) for row in rows), key=str)
            for label, rows in all_rows().items()
        }


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what differs each time. Its gallery goes by name: a new one has a new key."""
    kept = {name: value for name, value in row.items() if name not in RANDOM}
    if "gallery_id" in kept:
        kept["gallery_id"] = Gallery.objects.filter(pk=kept["gallery_id"]).values("name").first()
    return kept
