"""The secrets of second steps, encrypted: who reads the database, or a backup, cannot log in by it.

The key follows from SECRET_KEY. Those of SECRET_KEY_FALLBACKS open what they once closed.
"""

import base64
from contextlib import suppress

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

ENCRYPTED = "gAAAA"  # how all that Fernet writes begins; none of allauth's secrets does
# Where allauth keeps the secret of each kind. Passkeys have none: the site knows their public key.
PLACES = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


def encrypt(text: str) -> str:
    """The text, as the database is to hold it."""
    return _ciphers()[0].encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """The text again. Versions before 0.3 stored it as it is.

    Raises:
        InvalidToken: none of the keys opens it.
    """
    if not stored.startswith(ENCRYPTED):
        return stored
    return MultiFernet(_ciphers()).decrypt(stored).decode()


def renew() -> None:
    """Encrypt with today's key what is plain, or has an older key. What has neither stays."""
    for key in [step.pk for step in _steps() if not _is_of_today(step)]:
        with transaction.atomic(), suppress(InvalidToken, Authenticator.DoesNotExist):
            step = Authenticator.objects.select_for_update().get(pk=key)
            step.data[PLACES[step.type]] = encrypt(decrypt(_secret(step)))
            step.save(update_fields=["data"])


def unreadable() -> int:
    """How many second steps no key opens: their owners cannot log in by them."""
    return sum(not _is_readable(step) for step in _steps())


def _steps() -> list[Authenticator]:
    return list(Authenticator.objects.filter(type__in=PLACES))


def _secret(step: Authenticator) -> str:
    secret: str = step.data[PLACES[step.type]]
    return secret


def _is_of_today(step: Authenticator) -> bool:
    try:
        _ciphers()[0].decrypt(_secret(step))
    except InvalidToken:
        return False
    return True


def _is_readable(step: Authenticator) -> bool:
    try:
        decrypt(_secret(step))
    except InvalidToken:
        return False
    return True


def _ciphers() -> list[Fernet]:
    """One for each key, today's first."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (salted_hmac(__name__, "", key, algorithm="sha256").digest() for key in keys)
    return [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]
