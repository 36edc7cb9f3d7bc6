"""Which request the work in hand belongs to, so that each line of the log can say so."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Trace:
    """The id of a request, and what was logged in it that need not be logged again."""

    request_id: str = ""
    request: Any = None  # None in the worker and in commands
    said: set[str] = field(default_factory=set)


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace:
    """The trace of this work; an empty one outside of all requests."""
    return _trace.get() or Trace()


def person() -> Any:
    """The logged-in sender of the current request; None outside of requests, and for others."""
    user = getattr(current().request, "user", None)
    return user if user is not None and user.is_authenticated and user.pk else None


@contextmanager
def following(request_id: str, request: Any = None) -> Iterator[None]:
    """What is done in here belongs to that request."""
    token = _trace.set(Trace(request_id, request))
    try:
        yield
    finally:
        _trace.reset(token)
