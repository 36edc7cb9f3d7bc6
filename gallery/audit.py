"""Writes the audit trail, in one place: `record`."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models import F, Model
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from gallery import trace
from gallery.models import Act, ApiToken, Gallery
from gallery.people.accounts import find_account

Kind = Act.Kind
ONE_ROW_FOR = timedelta(hours=1)  # failures to sign in from one address
AT_ONCE = 5000  # rows that a statement deletes


def record(
    kind: Kind,
    *,
    person: User | None = None,
    by: User | None = None,
    about: str = "",
    count: int = 1,
) -> None:
    """Note what was done, now, by whoever sent the request in hand unless `by` says otherwise.

    `person` is whom it concerns, by default whoever did it. `about` names a thing, and never holds
    a secret: neither a password nor a token, nor what a stranger typed.
    """
    by = by or trace.person()
    Act.objects.create(
        kind=kind,
        person=person or by,
        by=by,
        about=about[:200],
        count=count,
        address=_address(),
        request_id=trace.current().request_id,
    )


def forget_old() -> None:
    """Delete what is older than AUDIT_DAYS."""
    old = Act.objects.before(timezone.now() - timedelta(days=settings.AUDIT_DAYS))
    while keys := list(old.order_by().values_list("pk", flat=True)[:AT_ONCE]):
        Act.objects.filter(pk__in=keys).delete()


def _address() -> str | None:
    request = trace.current().request
    try:
        return str(ip_address(request.META["REMOTE_ADDR"])) if request else None
    except (KeyError, ValueError):  # a socket has no address
        return None


# What Django and Knox tell of by signals: the pages that do it are not ours.


def listen() -> None:
    """Record what is told of by signals."""
    user_logged_in.connect(_signed_in)
    user_login_failed.connect(_sign_in_failed)
    post_save.connect(_token_saved, sender=ApiToken)
    post_delete.connect(_token_deleted, sender=ApiToken)
    post_save.connect(_admin_acted, sender=LogEntry)


def _signed_in(sender: Any, user: User, **kwargs: Any) -> None:
    record(Kind.SIGNED_IN, person=user, by=user)


def _sign_in_failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """One row for many tries. A name that nobody has is not kept: it may be a password."""
    person, address = find_account(_written(credentials)), _address()
    since = timezone.now() - ONE_ROW_FOR
    same = Act.objects.filter(
        kind=Kind.SIGN_IN_FAILED, person=person, address=address, at__gt=since
    )
    newest = same.order_by("-pk").values_list("pk", flat=True).first()
    if newest:
        Act.objects.filter(pk=newest).update(count=F("count") + 1)
    else:
        record(Kind.SIGN_IN_FAILED, person=person)


def _written(credentials: dict[str, Any]) -> str:
    """The name or e-mail address that was typed."""
    return str(credentials.get("username") or credentials.get("email") or "")


def _token_saved(sender: Any, instance: ApiToken, created: bool, raw: bool, **kw: Any) -> None:
    if created and not raw:
        record(Kind.TOKEN_MADE, person=instance.user, about=instance.name)


def _token_deleted(sender: Any, instance: ApiToken, origin: Any, **kwargs: Any) -> None:
    # A token that goes with its account is no news, and the account cannot be pointed to any more.
    if getattr(origin, "model", type(origin)) is ApiToken:
        record(Kind.TOKEN_REVOKED, person=instance.user, about=instance.name)


def _admin_acted(sender: Any, instance: LogEntry, created: bool, **kwargs: Any) -> None:
    if created and instance.action_flag != DELETION:  # of deletions, `gallery.library` tells
        words = f"{instance.object_repr}: {instance.get_change_message()}"
        person = _concerned(instance.get_edited_object())
        record(Kind.ADMIN, person=person, by=instance.user, about=words)


def _concerned(thing: Model) -> User | None:
    if isinstance(thing, Gallery):
        owner: User = thing.owner
        return owner
    return thing if isinstance(thing, User) else None
