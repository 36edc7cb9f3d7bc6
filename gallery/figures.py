"""Figures about what this process does, for whoever runs the site.

Web processes count with prometheus_client, which adds up those of one gunicorn. Workers may be on
other hosts: they keep a tally, which each sweep adds to the totals in the database.
"""

import time
from collections import Counter as Counts
from threading import Lock

from prometheus_client import Counter, Histogram

# Names in a tally.
SECONDS, PHOTOS, FAILURES = "analysis_seconds", "analysed_photos", "failures"
WEBHOOKS = "webhooks"

REQUESTS = Counter("celebattr_requests", "Requests by view and status", ["view", "status"])
REQUEST_SECONDS = Histogram(
    "celebattr_request_seconds",
    "Seconds until an answer begins",
    ["view"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
UPLOADS = Counter("celebattr_uploads", "Uploads by what became of them", ["outcome", "reason"])


class Tally:
    """Amounts by name and label, which threads may add to."""

    def __init__(self) -> None:
        self._amounts: Counts[tuple[str, str]] = Counts()
        self._lock = Lock()

    def add(self, name: str, label: str, amount: float) -> None:
        with self._lock:
            self._amounts[name, label] += amount  # type: ignore[assignment]  # seconds, too

    def take(self) -> dict[tuple[str, str], float]:
        """The amounts so far, which begin at zero again."""
        with self._lock:
            taken, self._amounts = self._amounts, Counts()
        return dict(taken)

    def put_back(self, amounts: dict[tuple[str, str], float]) -> None:
        """Add what was taken and could not be stored."""
        for (name, label), amount in amounts.items():
            self.add(name, label, amount)


tally = Tally()


class Stopwatch:
    """Tells the tally how long each stage of an analysis took."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The stage ends now, and the next one begins."""
        now = time.perf_counter()
        tally.add(SECONDS, stage, now - self._since)
        self._since = now
