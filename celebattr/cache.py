"""What all web processes count together: tries to sign in, requests of a token.

It lies in Redis, which the site has for its queue. While Redis is away each process counts for
itself: an attacker then has as many more tries as there are processes, and everyone still gets in.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds that a request waits for Redis
PAUSE = 5.0  # seconds after a failure in which nobody waits for Redis again


class Json:
    """Values as text: what lies in Redis is never read as a pickle."""

    def dumps(self, value: Any) -> str:
        return json.dumps(value)

    def loads(self, text: bytes) -> Any:
        return json.loads(text)


def _either(name: str) -> Callable[..., Any]:
    """The method of that name, of the shared cache or else of the process's own."""

    def ask(cache: "SharedCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= cache.away_until:
            try:
                return getattr(cache.shared, name)(*args, **kwargs)
            except RedisError as error:
                cache.away_until = time.monotonic() + PAUSE
                logger.warning("Redis is away, each process counts tries for itself: %s", error)
        return getattr(cache.own, name)(*args, **kwargs)

    return ask


class SharedCache(BaseCache):
    """Django's cache in Redis, or in memory while Redis is away."""

    away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
        options = {"serializer": Json, "retry": Retry(NoBackoff(), 0), **patience}
        self.shared = RedisCache(server, {**params, "OPTIONS": options})
        self.own = LocMemCache(server, params)

    add, get, set, touch = map(_either, ("add", "get", "set", "touch"))
    delete, incr, has_key, clear = map(_either, ("delete", "incr", "has_key", "clear"))
