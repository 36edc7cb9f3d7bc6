"""Wakes the senders of this process. Those of others look every few seconds."""

import threading

_rung = threading.Event()


def ring() -> None:
    _rung.set()


def wait(seconds: float) -> None:
    """Wait until somebody rings, but no longer than that."""
    if _rung.wait(seconds):
        _rung.clear()
