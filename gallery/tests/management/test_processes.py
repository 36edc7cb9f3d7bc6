import sys
import time

import pytest

from gallery.management import processes
from gallery.management.processes import Child

TALKS = "import time; print('hello', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(15, signal.SIG_IGN); {TALKS}"


@pytest.fixture
def make_child(tmp_path):
    children = []

    def make(code: str, **kwargs) -> Child:
        child = Child("child", [sys.executable, "-c", code], tmp_path / "child.log", **kwargs)
        children.append(child)
        return child

    yield make
    for child in children:
        child.end(within=0)


def wait_for(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def log_of(child: Child) -> str:
    return child.log.read_text() if child.log.exists() else ""


def test_output_goes_to_the_log_and_the_terminal(make_child, capsys):
    child = make_child(TALKS)

    child.keep_running()
    wait_for(lambda: "hello" in log_of(child))

    assert "child  | hello" in capsys.readouterr().out


def test_a_process_that_ended_well_is_started_again_at_once(make_child):
    child = make_child("print('hello')", echo=False)

    wait_for(lambda: child.keep_running() or log_of(child).count("hello") > 1)

    assert "ended" not in log_of(child)


def test_a_process_that_crashes_is_started_again_after_a_pause_that_grows(make_child):
    child = make_child("raise SystemExit(3)", echo=False)
    child.keep_running()
    child.process.wait()

    child.keep_running()

    assert child.process is None and child.pause > processes.SHORTEST_PAUSE
    assert "ended with code 3" in log_of(child)
    child.next_start = 0
    child.keep_running()
    assert child.process is not None


def test_a_process_ends_when_asked(make_child):
    child = make_child(TALKS, echo=False)
    child.keep_running()
    wait_for(lambda: "hello" in log_of(child))

    processes._stop([child], [])

    assert child.process.returncode == -15


def test_a_second_signal_kills_what_does_not_end(make_child):
    child = make_child(STUBBORN, echo=False)
    child.keep_running()
    wait_for(lambda: "hello" in log_of(child))

    processes._stop([child], [2, 2])

    assert child.process.returncode == -9
