"""`manage.py serve`, the one foreground command of `make run`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.system.site import ROOT, Site, database_url_for, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Site]:
    """A site whose Redis is the embedded one."""
    folder = tmp_path_factory.mktemp("serve")
    database_url, drop = database_url_for(folder, f"celebattr_serve_{os.getpid()}")
    site = Site(folder, database_url)
    del site.env["REDIS_URL"]
    site.set_up()
    yield site
    site.stop(*site.processes)
    drop()


def serve(site: Site) -> subprocess.Popen:
    """Start the command and wait until it says that the site is ready."""
    (site.folder / "serve.log").unlink(missing_ok=True)
    process = site.start("serve", "manage.py", "serve", "--port", str(site.port))
    wait_for(lambda: "CelebAttr is ready" in site.log("serve"))
    return process


def end(site: Site, process: subprocess.Popen) -> None:
    process.terminate()
    process.wait(60)
    site.processes.remove(process)


def serve_in_vain(site: Site, *arguments: str, **env: str) -> str:
    """What the command says when it refuses to start."""
    outcome = subprocess.run(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=ROOT,
        env={**site.env, **env},
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 2
    return outcome.stderr


def test_it_serves_works_and_stops_as_one(served):
    process = serve(served)
    children = psutil.Process(process.pid).children(recursive=True)

    assert served.upload(served.make_gallery(), photo(1)) == 201
    wait_for(lambda: served.count("ready") == 1)
    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0
    served.processes.remove(process)
    assert len(children) == 5  # Redis, the worker, gunicorn and its two
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert f"http://127.0.0.1:{served.port}/account/signup/" in served.log("serve")


def test_a_second_one_says_that_the_site_runs_already(served):
    process = serve(served)

    said = serve_in_vain(served, "--port", "1")

    assert said.count("\n") == 1 and f"runs already: http://127.0.0.1:{served.port}" in said
    end(served, process)


def test_a_port_that_is_taken_is_said_in_one_line(served, tmp_path):
    process = serve(served)

    said = serve_in_vain(served, "--port", str(served.port), VAR_DIR=str(tmp_path))

    assert said.count("\n") == 1 and "make run PORT=8001" in said
    end(served, process)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's parent-death signal")
def test_a_killed_one_leaves_no_process_behind_and_the_data_in_place(served):
    process = serve(served)
    before = served.count("ready")
    children = psutil.Process(process.pid).children(recursive=True)

    process.kill()
    assert psutil.wait_procs(children, timeout=60)[1] == []
    served.processes.remove(process)
    process = serve(served)

    assert served.count("ready") == before
    end(served, process)


def test_a_worker_that_crashes_is_started_again(served):
    process = serve(served)
    worker = next(
        child for child in psutil.Process(process.pid).children() if "rqworker" in child.cmdline()
    )

    worker.kill()
    assert served.upload(served.make_gallery(), photo(2)) == 201
    wait_for(lambda: served.pending() == 0)

    assert "ended with code -9 and will be restarted" in served.log("serve")
    end(served, process)
