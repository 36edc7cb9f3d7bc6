"""Signing in with a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from gallery.people.accounts import find_account


class AccountBackend(ModelBackend):
    """By name or e-mail address, without regard to case.

    Whoever asks, one password is hashed, so the time tells nobody which accounts there are. For the
    same reason a refusal is final: the backends after this one would hash another.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        written = username or credentials.get("email")
        if not written or password is None:
            return None
        account = find_account(written)
        if account is None:
            User().set_password(password)
        elif account.check_password(password) and self.user_can_authenticate(account):
            return account
        raise PermissionDenied
