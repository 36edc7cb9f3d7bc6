"""Members of a gallery: invited by name or link, added, changed and removed."""

from allauth.core.ratelimit import consume
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from gallery.audit import Kind, record
from gallery.models import Gallery, MemberLink, Membership, Role
from gallery.models.gallery import Visitor
from gallery.models.membership import role_of
from gallery.people.accounts import find_account


class NotInvited(ValueError):
    """Somebody cannot be invited; the message says why."""


def may_invite(request: HttpRequest, person: User) -> bool:
    """Whether the person may invite one more today; each call counts as one invitation."""
    return bool(consume(request, action="invite_member", key=str(person.pk)))


def invite(gallery: Gallery, written: str, role: Role) -> Membership:
    """Invite the person with this name or e-mail address; they then accept or decline.

    It does not reveal whether the account exists: without one, the invitation waits all the same.

    Raises:
        NotInvited: it is the name of the owner, of a member, or of an earlier invitation.
    """
    given = gallery.memberships.with_people()
    taken = {written.casefold() for one in given for written in (one.username, one.invited_as)}
    if written.casefold() in taken - {""}:
        raise NotInvited(gettext("%(name)s is already invited or a member.") % {"name": written})
    person = find_account(written)
    if person and person.pk == gallery.owner_id:
        raise NotInvited(gettext("This is your own gallery."))
    # Do not reveal that the person is already there under another name.
    if person and gallery.memberships.filter(person=person).exists():
        person = None
    try:
        with transaction.atomic():
            membership = gallery.memberships.create(person=person, invited_as=written, role=role)
    except IntegrityError:  # invited just now, by a second click
        membership = gallery.memberships.create(invited_as=written, role=role)
    record(Kind.MEMBER_INVITED, person=gallery.owner, about=_about(membership))
    return membership


def accept(membership: Membership) -> bool:
    """Become a member, as invited; False if the invitation was withdrawn meanwhile."""
    waiting = Membership.objects.pending().filter(pk=membership.pk)
    if not waiting.update(accepted_at=timezone.now()):
        return False
    membership.accepted_at = timezone.now()
    record(Kind.MEMBER_ADDED, person=membership.gallery.owner, about=_about(membership))
    return True


def join(link: MemberLink, person: User) -> bool:
    """Become a member by a link, which is used up; False if it can no longer be used.

    Somebody who is already a member or invited gets the link's role if that allows more.
    """
    with transaction.atomic():
        if not link.use(person):
            return False
        Membership.objects.get_or_create(
            gallery=link.gallery, person=person, defaults={"role": link.role}
        )
        member = Membership.objects.select_for_update().get(gallery=link.gallery, person=person)
        if Role(link.role).includes(Role(member.role)):
            member.role = link.role
        member.accepted_at = member.accepted_at or timezone.now()
        member.save(update_fields=("role", "accepted_at"))
        record(Kind.MEMBER_ADDED, person=link.gallery.owner, about=_about(member))
    return True


def needs_no_link(link: MemberLink, person: User) -> bool:
    """Whether the person already has the rights that the link gives."""
    has = role_of(person, link.gallery)
    return has is not None and has.includes(Role(link.role))


def change_role(membership: Membership, role: Role) -> None:
    """Change the role of a member, or of somebody who is invited."""
    membership.role = role
    if Membership.objects.filter(pk=membership.pk).update(role=role):
        record(Kind.MEMBER_CHANGED, person=_concerned(membership), about=_about(membership))


def remove(membership: Membership, by: Visitor) -> None:
    """End a membership, or an invitation: from now on the person sees nothing of the gallery."""
    is_leaving = membership.person_id == by.pk
    if not Membership.objects.filter(pk=membership.pk).delete()[0]:
        return
    kind = Kind.MEMBER_LEFT if is_leaving else Kind.MEMBER_REMOVED
    person = membership.gallery.owner if is_leaving else _concerned(membership)
    record(kind, person=person, about=_about(membership))


def _concerned(membership: Membership) -> User:
    """The other person to record: a member, or the owner if the person was only invited."""
    person = membership.person if membership.accepted_at else None
    return person or membership.gallery.owner


def _about(membership: Membership) -> str:
    who = membership.username or membership.invited_as
    return f"{membership.gallery.name}: {who}, {membership.role}"
