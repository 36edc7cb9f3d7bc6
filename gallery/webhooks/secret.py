"""The secrets of webhooks, and signatures, as standardwebhooks.com specifies them."""

import base64
import secrets
from datetime import UTC, datetime

from cryptography.fernet import InvalidToken
from standardwebhooks import Webhook as Signer

from gallery.models import Webhook, WebhookDelivery
from gallery.people.second_steps import decrypt, encrypt

BYTES = 32
PREFIX = "whsec_"


def make_secret() -> tuple[str, str]:
    """Make a secret. Returns it as it is shown, once, and as the database stores it."""
    told = PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()
    return told, encrypt(told)


def signed_headers(hook: Webhook, delivery: WebhookDelivery, now: datetime) -> dict[str, str]:
    """The headers that tell a receiver who sent a message, and when.

    `now` has a time zone. There are two signatures for a day after the secret was renewed.

    Raises:
        InvalidToken: none of the site's keys decrypts the secret.
    """
    now = now.astimezone(UTC)
    signers = [Signer(decrypt(stored)) for stored in hook.secrets()]
    signatures = [signer.sign(delivery.message_id, now, delivery.body) for signer in signers]
    return {
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def encrypt_again() -> None:
    """Encrypt all secrets with the current key. Those that no key decrypts stay as they are."""
    for hook in Webhook.objects.order_by("pk"):
        try:
            renewed = [encrypt(decrypt(stored)) if stored else "" for stored in _both(hook)]
        except InvalidToken:
            continue
        same = Webhook.objects.filter(pk=hook.pk, secret=hook.secret)
        same.update(secret=renewed[0], former_secret=renewed[1])


def _both(hook: Webhook) -> tuple[str, str]:
    return hook.secret, hook.former_secret
