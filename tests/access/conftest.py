"""Two people and their things, and nobody who is asked to wait."""

import pytest
from rest_framework.throttling import SimpleRateThrottle

from tests.access.world import World


@pytest.fixture(autouse=True)
def no_limits(monkeypatch, settings):
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"anon": None, "user": None})
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def world(db) -> World:
    return World()
