"""Idempotency keys: an upload that is sent again is answered as it was the first time.

The header is that of draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers, status

from gallery.api.base import ApiRequest
from gallery.api.errors import Conflict
from gallery.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEY = r'^(?:"[!#-~]{1,255}"|[!#-~]{1,255})$'  # a string of RFC 8941, with or without its quotes
WAIT = 2  # seconds until a program should ask again whether the first request has ended

PARAMETER = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    pattern=KEY,
    description="A name of your own for this upload, such as a UUID: 1 to 255 visible ASCII "
    "characters, in quotes or not. Sent again with the same upload within 24 hours, it gets the "
    "first answer again.",
)

REPLAYED = {"Idempotency-Replayed": "true"}  # marks an answer that was given before

Answer = tuple[int, dict[str, Any]]  # a status, and what the database is to keep of the body


class KeyReused(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = "This idempotency key came with another upload. Use a new key for each."


class InProgress(Conflict):
    default_code = "in_progress"
    default_detail = "The first request with this idempotency key is not answered yet."
    wait = WAIT


def read_key(request: ApiRequest) -> str:
    """The request's key; "" without one.

    Raises:
        ValidationError: the key is malformed.
    """
    if HEADER not in request.headers:
        return ""
    key = request.headers[HEADER]
    if not re.fullmatch(KEY, key):
        message = "Send 1 to 255 visible ASCII characters without blanks, quotes or commas."
        raise serializers.ValidationError({HEADER: [message]})
    return key.strip('"')


def fingerprint(gallery: UUID, name: str, sha256: str) -> str:
    """Identify an upload: by its gallery, the file's name, and its bytes."""
    text = "\n".join([str(gallery), sha256, name])
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def once(request: ApiRequest, key: str, mark: str, do: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Run `do`, or return its answer to the first request with this key and fingerprint.

    Returns the answer, and whether it was given before. If `do` raises, the key is free again.

    Raises:
        KeyReused: the first request was a different one.
        InProgress: the first request is not answered yet.
    """
    row = IdempotencyKey.objects.claim(request.user.pk, key, mark)
    if row is None:
        raise InProgress
    if not row.is_claimed:
        return _first_answer(row, mark), True
    try:
        code, body = do()
    except BaseException:
        row.give_up()
        raise
    row.answered(code, body)
    return (code, body), False


def _first_answer(row: IdempotencyKey, mark: str) -> Answer:
    if row.fingerprint != mark:
        raise KeyReused
    if row.status is None:
        raise InProgress
    return row.status, row.body or {}
