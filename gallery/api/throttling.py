"""How often one may ask: counted in the cache that all web processes share."""

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from celebattr.proxies import limited_address


class Throttle(SimpleRateThrottle):
    """Counts in windows that begin on the clock.

    One number in the cache, whatever the rate: the framework's own keeps the time of every request.
    """

    num_requests: int | None
    duration: int | None
    seconds_left: float

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.get_cache_key(request, view)
        if key is None or not self.num_requests or not self.duration:
            return True
        now = time.time()
        self.seconds_left = self.duration - now % self.duration
        key = f"{key}_{now // self.duration:.0f}"
        cache.add(key, 0, self.duration)
        try:
            return int(cache.incr(key)) <= self.num_requests
        except ValueError:  # Redis came back, or dropped it, between the two
            return True

    def wait(self) -> float:
        return self.seconds_left

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Who asks: here, an address."""
        return self.cache_format % {"scope": self.scope, "ident": limited_address(request)}


class WrongTokenThrottle(Throttle):
    """Tries to guess a token; whoever has a right one is never kept out by them."""

    scope = "anon"


class AnonThrottle(Throttle):
    scope = "anon"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return None if request.user.is_authenticated else super().get_cache_key(request, view)


class UserThrottle(Throttle):
    scope = "user"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if not request.user.is_authenticated:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk}
