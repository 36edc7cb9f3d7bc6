"""Several processes run as one: started in order, restarted when they end, stopped together."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # before a process that ended is restarted
STOP_SECONDS = 30  # that a process has to end after SIGTERM, before it is killed
LOG_BYTES, OLD_LOGS = 5_000_000, 2

# On Linux a process gets SIGTERM when its parent dies, so that none outlives a killed site.
END_WITH_PARENT = (
    "import ctypes, os, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGTERM);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
LAUNCHER = [sys.executable, "-ISc", END_WITH_PARENT] if sys.platform == "linux" else []


@dataclass
class Child:
    """A process to keep running. Its output is logged, and with `echo` shown too."""

    name: str
    command: Sequence[str]
    log: Path
    echo: bool = True
    pause: float = field(default=SHORTEST_PAUSE, init=False)
    next_start: float = field(default=0.0, init=False)
    process: subprocess.Popen[str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(self.log, maxBytes=LOG_BYTES, backupCount=OLD_LOGS, delay=True)
        self.output = logging.Logger(self.name)
        self.output.addHandler(file)
        if self.echo:
            terminal = logging.StreamHandler(sys.stdout)
            terminal.setFormatter(logging.Formatter("%(name)-6s | %(message)s"))
            self.output.addHandler(terminal)

    def keep_running(self) -> None:
        """Start the process if it is not running and its pause is over."""
        if self.process and self.process.poll() is None:
            return
        if self.process:
            self._note_end(self.process.returncode)
        if time.monotonic() >= self.next_start:
            self._start()

    def _note_end(self, code: int) -> None:
        self.process = None
        lived = time.monotonic() - self.next_start
        self.pause = SHORTEST_PAUSE if lived > 60 else min(2 * self.pause, LONGEST_PAUSE)
        self.next_start = time.monotonic() + (0 if code == 0 else self.pause)
        if code:
            self.output.error("ended with code %d and will be restarted", code)

    def _start(self) -> None:
        self.next_start = time.monotonic()
        self.process = subprocess.Popen(
            [*LAUNCHER, *self.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches only the parent, which stops all in order
        )
        threading.Thread(target=self._copy, args=(self.process.stdout,), daemon=True).start()

    def _copy(self, lines: IO[str]) -> None:
        for line in lines:
            self.output.info("%s", line.rstrip("\n"))

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def end(self, within: float) -> None:
        """Wait for the process to end; kill it and what it started if that takes too long."""
        if not self.process:
            return
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def run(children: Sequence[Child], each_turn: Callable[[], None]) -> None:
    """Keep the processes running until SIGINT, SIGTERM or SIGHUP; a second signal kills them.

    The first child is started first and stopped last, because the others need it.
    """
    signals: list[int] = []

    def note(number: int, frame: Any) -> None:
        signals.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, note)
    while not signals:
        for child in children:
            child.keep_running()
        each_turn()
        time.sleep(0.2)
    first, *others = children
    _stop(others, signals)
    _stop([first], signals)


def _stop(children: Sequence[Child], signals: list[int]) -> None:
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + STOP_SECONDS
    while any(child.process and child.process.poll() is None for child in children):
        if len(signals) > 1 or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    for child in children:
        child.end(within=0)
