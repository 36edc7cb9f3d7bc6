"""What hostile files cost a site as `make run` starts it, over the API and over the form.

    python -m benchmarks.hostile [--folder DIR] [--only WORD]

It sends about 1,300 files that it makes itself (`tests/hostile/`), each in both ways, and prints
for each kind how often it was taken, refused or answered with an error, and what the dearest file
cost the process that decodes: CPU seconds, and MB of memory beyond those it has when idle. "web MB"
is what the web server has gained since the start. DIR holds further files and a MANIFEST.csv that
says what each of them deserves. The exit code is 1 if a limit is passed.
"""

import argparse
import csv
import http.client
import re
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

import psutil

from benchmarks.pressure import encoded, noise, served
from tests.hostile import kinds
from tests.system.site import Site

MOST_SECONDS, MOST_MEMORY, MOST_WEB = 2.0, 300.0, 50.0  # of CPU time; MB
# Stricter limits for files that are refused by their structure alone, or inflate. Memory counts
# what the process gains: it may still hold the previous picture's.
STRICTER = {
    "heic: one tile 900 times": (0.1, 10.0),
    "png: text bombs": (MOST_SECONDS, 150.0),
    "png: chunk floods": (MOST_SECONDS, 150.0),
    "png: declared sizes": (0.5, 50.0),
    "png: pixel bombs": (MOST_SECONDS, 150.0),
}
TAKEN, REFUSED = "taken", "refused"
EXPECTED = {"accept": TAKEN, "reject_400": REFUSED}  # "policy" may be either


# --- Two ways in ---------------------------------------------------------------------------------


def multipart(content: bytes, **fields: str) -> tuple[bytes, str]:
    """The body of a form with a file, and its type."""
    line = uuid.uuid4().hex
    head = "".join(
        f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += f'--{line}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    kind = f"multipart/form-data; boundary={line}"
    return head.encode() + content + f"\r\n--{line}--\r\n".encode(), kind


@dataclass
class Way:
    """How files are sent: over the API, or as a browser without JavaScript sends a form."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gallery = self.site.make_gallery()

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=120)
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        text = response.read().decode()
        connection.close()
        return response, text


class Api(Way):
    def send(self, content: bytes) -> str:
        body, kind = multipart(content, gallery=self.gallery)
        token = f"Token {self.site.token}"
        response, _ = self.ask(
            "POST", "/api/v1/photos/", body, Content_Type=kind, Authorization=token
        )
        return {201: TAKEN, 200: TAKEN, 400: REFUSED}.get(response.status, str(response.status))


class Form(Way):
    def log_in(self) -> None:
        _, page = self.ask("GET", "/account/login/")
        fields = {"login": "alice", "password": "correct-horse", **token_in(page)}
        kind = "application/x-www-form-urlencoded"
        self.ask("POST", "/account/login/", urlencode(fields).encode(), Content_Type=kind)
        self.token = token_in(self.ask("GET", self.address())[1])

    def address(self) -> str:
        return f"/galleries/{self.gallery}/upload/"

    def send(self, content: bytes) -> str:
        body, kind = multipart(content, **self.token)
        response, _ = self.ask("POST", self.address(), body, Content_Type=kind, Accept="text/html")
        if response.status != 302:
            return str(response.status)
        return TAKEN if "/photos/" in response.headers["Location"] else REFUSED


def token_in(page: str) -> dict[str, str]:
    (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
    return {"csrfmiddlewaretoken": token}


# --- What it costs -------------------------------------------------------------------------------


class Decoder:
    """The processes below the web server: one decodes, another starts it anew."""

    def __init__(self, web: psutil.Process) -> None:
        self.web = web

    def seconds(self) -> float:
        """Of CPU time, of those that have ended, too."""
        spent = 0.0
        for process in self.web.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
        return spent

    def memory(self) -> float:
        """MB of the largest."""
        sizes = [0]
        for process in self.web.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                sizes.append(process.memory_info().rss)
        return max(sizes) / 1e6


@dataclass
class Cost:
    """The most that any file of a kind took, and what became of them."""

    verdicts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    memory: float = 0.0
    gained: float = 0.0
    web: float = 0.0

    def errors(self) -> int:
        return sum(count for verdict, count in self.verdicts.items() if verdict.startswith("5"))

    def is_too_much(self, kind: str) -> bool:
        most_seconds, most_gained = STRICTER.get(kind, (MOST_SECONDS, MOST_MEMORY))
        too_dear = self.seconds > most_seconds or self.gained > most_gained
        is_large = self.memory > MOST_MEMORY or self.web > MOST_WEB
        return too_dear or is_large or self.errors() > 0


class Meter:
    def __init__(self, web: psutil.Process) -> None:
        self.web, self.decoder = web, Decoder(web)
        self.own, self.idle = web.memory_info().rss, self.decoder.memory()

    def send(self, way: Api | Form, content: bytes, cost: Cost) -> str:
        """Send a file, and note what it took; returns the verdict."""
        before, held = self.decoder.seconds(), self.decoder.memory()
        most, end = [0.0], Event()

        def watch() -> None:
            while not end.wait(0.003):
                most[0] = max(most[0], self.decoder.memory())

        thread = Thread(target=watch)
        thread.start()
        verdict = way.send(content)
        end.set()
        thread.join()
        cost.verdicts[verdict] += 1
        cost.seconds = max(cost.seconds, self.decoder.seconds() - before)
        cost.memory = max(cost.memory, most[0] - self.idle)
        cost.gained = max(cost.gained, most[0] - held)
        cost.web = max(cost.web, (self.web.memory_info().rss - self.own) / 1e6)
        return verdict


# --- All of it -----------------------------------------------------------------------------------


def send_all(meter: Meter, ways: list[Api | Form], only: str) -> Iterator[tuple[str, Cost]]:
    for name, files in kinds():
        if only in name:
            cost = Cost()
            for number, content in enumerate(files):
                verdicts = [meter.send(way, content, cost) for way in ways]
                if len(set(verdicts)) > 1:
                    print(f"{name}, file {number}: {' and '.join(verdicts)}", flush=True)
            yield name, cost


def send_folder(meter: Meter, ways: list[Api | Form], folder: Path) -> Iterator[tuple[str, Cost]]:
    """The files of a manifest, by what they deserve; prints those that get something else."""
    rows: dict[str, list[str]] = {}
    for row in csv.DictReader((folder / "MANIFEST.csv").open(newline="")):
        rows.setdefault(row["expected"], []).append(row["file"])
    for expected, names in rows.items():
        cost = Cost()
        for name in names:
            for way in ways:
                verdict = meter.send(way, (folder / name).read_bytes(), cost)
                if verdict != EXPECTED.get(expected, verdict):
                    print(f"{name}: {verdict} over the {type(way).__name__.lower()}", flush=True)
        yield f"{folder.name}: {expected}", cost


def show(rows: Iterable[tuple[str, Cost]]) -> bool:
    """Print a line for each; whether all are within the limits."""
    head = f"{'kind':<38}{TAKEN:>7}{REFUSED:>9}{'other':>7}{'5xx':>5}"
    print(f"{head}{'CPU s':>8}{'MB':>6}{'web MB':>8}")
    is_good = True
    for name, cost in rows:
        taken, refused = cost.verdicts[TAKEN], cost.verdicts[REFUSED]
        other = cost.verdicts.total() - taken - refused
        line = f"{name:<38}{taken:>7}{refused:>9}{other:>7}{cost.errors():>5}{cost.seconds:>8.2f}"
        is_too_much = cost.is_too_much(name)
        mark = "  <" if is_too_much else ""
        print(f"{line}{cost.memory:>6.0f}{cost.web:>8.0f}{mark}", flush=True)
        is_good &= not is_too_much
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="further files, with their manifest")
    parser.add_argument("--only", default="", help="kinds with this in their names")
    options = parser.parse_args()
    with served() as (site, web):
        ways = [Api(site), Form(site)]
        ways[1].log_in()
        first = encoded(noise(640, 640), "JPEG")  # the first file of a process takes longer
        assert [way.send(first) for way in ways] == [TAKEN, TAKEN]
        time.sleep(1)
        meter = Meter(web)
        is_good = show(send_all(meter, ways, options.only))
        if options.folder:
            is_good &= show(send_folder(meter, ways, options.folder))
    return not is_good


if __name__ == "__main__":
    sys.exit(main())
