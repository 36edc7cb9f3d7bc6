"""Signals to a run, of which one comes with the loss of its terminal."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios

import pytest
from django.conf import settings

from ml.hardware.interruption import Interruption, heeded

RUN = """
import sys, time
from ml.hardware.interruption import Interruption
with Interruption() as interruption:
    print("ready", flush=True)
    while not interruption.signal:
        time.sleep(0.01)
    print("saving", flush=True)
    open(sys.argv[1], "w").write("saved")
sys.exit(interruption.exit_code)
"""


def test_a_run_whose_terminal_is_lost_saves_and_writes_no_more_to_it(tmp_path):
    terminal, its_end = pty.openpty()
    saved = tmp_path / "saved"
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, saved],
        cwd=settings.BASE_DIR,
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its_end)
    assert b"ready" in os.read(terminal, 100)

    os.close(terminal)

    assert run.wait(60) == 129
    assert saved.read_text() == "saved"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_noted_and_its_handler_comes_back(number):
    before = signal.getsignal(number)

    with Interruption() as interruption:
        os.kill(os.getpid(), number)

    assert (interruption.signal, interruption.exit_code) == (number, 128 + number)
    assert signal.getsignal(number) == before


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.SIGHUP not in heeded()
        assert interruption.signal == 0
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
