"""Links to shared albums: made and revoked, and opened, by their password if they have one."""

from hashlib import sha256
from secrets import compare_digest
from typing import Any

from allauth.core.ratelimit import consume
from django.http import HttpRequest

from celebattr.proxies import limited_address
from gallery.audit import Kind, record
from gallery.models import Gallery, ShareLink

UNLOCKED = "unlocked_links"  # in the session: a mark of the password by the link's uuid


def make_link(gallery: Gallery, **options: Any) -> ShareLink:
    """A new link, with its token; the options are those of `ShareLinkQuerySet.share`."""
    link = ShareLink.objects.share(gallery, **options)
    record(Kind.LINK_MADE, about=link.name)
    return link


def revoke_link(link: ShareLink) -> None:
    """Close a link for good."""
    link.revoke()
    record(Kind.LINK_REVOKED, about=link.name)


def find_link(token: str) -> ShareLink | None:
    """The link with this token; None if there is none, or it was revoked, or has expired."""
    link = ShareLink.objects.opened_by(token).with_album().first()
    if link:
        link.token = token
    return link


def is_open(request: HttpRequest, link: ShareLink) -> bool:
    """Whether it has no password, or the right one was given in this browser."""
    mark = request.session.get(UNLOCKED, {}).get(str(link.uuid), "")
    return not link.has_password or compare_digest(mark, _mark(link))


def may_try(request: HttpRequest, link: ShareLink) -> bool:
    """Whether this address may try a password; it counts as a try."""
    key = f"{link.pk} {limited_address(request)}"
    return bool(consume(request, action="share_password", key=key))


def unlock(request: HttpRequest, link: ShareLink, password: str) -> bool:
    """Open the link, and no other, in this browser if that is its password."""
    if not link.takes(password):
        return False
    request.session[UNLOCKED] = {**request.session.get(UNLOCKED, {}), str(link.uuid): _mark(link)}
    return True


def _mark(link: ShareLink) -> str:
    return sha256(link.password.encode()).hexdigest()
