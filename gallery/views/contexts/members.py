"""Who sees a gallery: its owner, its members, and those who are invited."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from gallery.models import Gallery, MemberLink, Membership
from gallery.views.forms import RoleForm


@dataclass(frozen=True)
class Member:
    """A member, or somebody who is invited, and the form that changes what they may do."""

    row: Membership
    form: RoleForm


def members_context(user: User, gallery: Gallery) -> dict[str, Any]:
    """All members for the owner; for a member only their own row."""
    rows = Membership.objects.visible_to(user).in_gallery(gallery).with_people().order_by("pk")
    found = [Member(row, _form(row)) for row in rows]
    return {
        "gallery": gallery,
        "members": [member for member in found if member.row.accepted_at],
        "invited": [member for member in found if not member.row.accepted_at],
        "links": MemberLink.objects.visible_to(user).in_gallery(gallery).open(),
        "link_form": RoleForm(auto_id="id_link_%s"),
    }


def _form(row: Membership) -> RoleForm:
    return RoleForm(initial={"role": row.role}, auto_id=f"id_{row.uuid}_%s")
