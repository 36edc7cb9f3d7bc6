"""Which account a person means by a name or an e-mail address, however they write it."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet


def find_account(written: str) -> User | None:
    """The account with exactly this name, else the only one with such a name or address.

    Old accounts may differ in case only, or share an address: then only the exact name counts.
    """
    exact = User.objects.filter(username=written).first()
    if exact:
        return exact
    named = list(named_like(written)[:2])
    return named[0] if len(named) == 1 else _find_by_email(written)


def named_like(name: str) -> QuerySet[User]:
    """The accounts whose names differ from this one in case at most."""
    # SQLite knows the case of ASCII letters only, so the usual spellings are asked for, too.
    spellings = {name.lower(), name.upper(), name.capitalize(), name.title(), name.casefold()}
    return User.objects.filter(Q(username__iexact=name) | Q(username__in=spellings))


def is_anothers(email: str, person: User) -> bool:
    """Whether another account has this address."""
    users = User.objects.filter(Q(email__iexact=email) | Q(emailaddress__email__iexact=email))
    return users.exclude(pk=person.pk).exists()


def _find_by_email(written: str) -> User | None:
    if "@" not in written:
        return None
    verified = EmailAddress.objects.filter(email__iexact=written, verified=True)
    owner = User.objects.filter(pk__in=verified.values("user")).first()
    if owner:
        return owner
    users = list(User.objects.filter(email__iexact=written)[:2])
    return users[0] if len(users) == 1 else None
