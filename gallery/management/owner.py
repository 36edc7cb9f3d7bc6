"""Whose photos a command is about."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def owner_called(name: str | None) -> User:
    """The person with this name, or without one the only person; CommandError if there is none."""
    people = User.objects.filter(is_active=True)
    if name is not None:
        found = people.filter(username__iexact=name).first()
        if found is None:
            raise CommandError(f"There is nobody called {name}.", returncode=2)
        return found
    alone = people[:2]
    if len(alone) != 1:
        who = "several people" if alone else "nobody yet: sign up first"
        raise CommandError(
            f"The site has {who}. Say whose photos they are: --owner NAME", returncode=2
        )
    return alone[0]
