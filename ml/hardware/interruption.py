"""Signals: the first asks a run to save and stop, the second ends it at once."""

import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any, TextIO

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heeded() -> list[int]:
    """The signals that this process does not ignore: nohup has a run go on without its terminal."""
    return [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]


class Interruption:
    """A context in which `signal` is the number of the signal received, or 0."""

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, Any] = {}
        self._terminals: list[TextIO] = []

    def __enter__(self) -> "Interruption":
        self._before = {number: signal.signal(number, self._note) for number in heeded()}
        # A terminal that is closed does not say any more that it was one.
        self._terminals = [one for one in (sys.stdout, sys.stderr) if one.isatty()]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def exit_code(self) -> int:
        """The exit code that shells expect after the signal: 130 (the default), 143 or 129."""
        return 128 + (self.signal or signal.SIGINT)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.signal:  # the second one: the step may be stuck
            raise SystemExit(128 + number)
        self.signal = number
        if number == signal.SIGHUP:
            self._leave_the_terminal()

    def _leave_the_terminal(self) -> None:
        """Write nothing more to a terminal that is closed: that would be an error, amid saving."""
        with open(os.devnull, "w") as nowhere:
            for stream in self._terminals:
                os.dup2(nowhere.fileno(), stream.fileno())
