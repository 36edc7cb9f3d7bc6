"""The threads of a worker that send webhooks."""

import pytest

from gallery.tests.webhooks.conftest import tell
from gallery.webhooks import bell, sender

pytestmark = pytest.mark.django_db


class Ended(BaseException):
    pass


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """For how long the thread has waited; it ends at the second time."""
    seconds: list[float] = []

    def wait(time: float) -> None:
        seconds.append(time)
        if len(seconds) == 2:
            raise Ended

    monkeypatch.setattr(bell, "wait", wait)
    monkeypatch.setattr(sender.connections, "close_all", lambda: None)
    return seconds


def test_a_thread_sends_all_that_is_due_and_waits(hook, receiver, waits, settings):
    for _ in range(3):
        tell(hook)

    with pytest.raises(Ended):
        sender.send_forever()

    assert len(receiver.got) == 3
    assert waits == [settings.SWEEP_SECONDS] * 2


def test_a_thread_outlives_a_failure(waits, monkeypatch, caplog):
    def fail() -> bool:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(sender, "send_some", fail)

    with pytest.raises(Ended):
        sender.send_forever()

    assert caplog.text.count("they are tried again") == 2


def test_a_ring_ends_the_wait_and_is_heard_once():
    bell.ring()

    bell.wait(60)  # at once

    assert not bell._rung.is_set()
