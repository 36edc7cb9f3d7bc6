"""Load thousands of files in each way: killed twice and resumed, and then all of them again.

    python -m benchmarks.ways_in [--files 2000] [--faces DIR] [--hostile DIR] [--ways NAME ...]
        [--small] [--json FILE]

It makes a folder of faces that also holds broken files, a link to itself, a link to a parent
folder, and a name of 255 bytes in Latin-1; unless it runs as root, also a file that nobody may
read. One file in twenty is hostile. DIR holds pictures to use; otherwise faces are drawn, and
broken files are made from them.

A site of its own takes the folder by `import_photos`, by the client's command and by a browser.
Each is killed (SIGKILL) when a third and when two thirds of the good files are there, and started
again. In the end, each file must be there once, or the last run must have named it. Then the same
way loads the same folder again. That time is compared with the time of an unbroken run into an
empty gallery. No worker runs meanwhile. Chromium hands a page neither a link that leads nowhere nor
a name that is not in UTF-8: the browser's trial leaves these two out.

It ends with 1 if a file was lost or doubled or not named, if the ways differ in what they took, if
a command that named files did not end with 1, or if one ended before it could be killed. If the
second run takes more than a tenth of the first, it only says so.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright, sync_playwright

from benchmarks.figures import Figure, compared, parser, report
from benchmarks.mixed_folder import NAMED, Files, make_files
from tests.system.processes import ROOT
from tests.system.site import Site

FILES, SMALL = 2000, 60
KILLS = (1 / 3, 2 / 3)  # share of the good files that are loaded when it is killed
MOST = 0.1  # largest share of the first run's time that the second may take
PATIENCE = 3600  # seconds for one run
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")

LINES = """rows => rows.map(row => {
  const [name, outcome] = [".name", ".outcome"].map(part => row.querySelector(part).textContent);
  return `/${name}: ${outcome}`;
})"""


# --- The ways ------------------------------------------------------------------------------------


@dataclass
class Run:
    """One run: its seconds, the numbers of the files that it named, and how it ended."""

    seconds: float
    named: set[str]
    was_killed: bool = False
    code: int | None = None  # a command's exit code


class Way(Protocol):
    """A way to load a folder into the gallery of that name."""

    name: str
    files: Files  # files that it must load, or name

    def run(self, gallery: str, until: int | None = None) -> Run:
        """Run to the end, or until so many photos are there; then kill it."""


class Command:
    """A command that is given the folder and the gallery's name."""

    def __init__(self, name: str, words: tuple[str, ...], site: Site, files: Files) -> None:
        self.name, self.words, self.site, self.files = name, words, site, files
        self.runs = itertools.count()

    def run(self, gallery: str, until: int | None = None) -> Run:
        log, started = f"{self.name}-{next(self.runs)}", time.monotonic()
        process = self.site.start(log, *self.words, str(self.files.folder), "--gallery", gallery)
        while process.poll() is None:
            if until is not None and len(hashes_in(self.site, gallery)) >= until:
                break
            time.sleep(0.01)
        was_killed = process.poll() is None
        seconds = time.monotonic() - started
        self.site.stop(process)
        named = set(NAMED.findall(self.site.log(log)))
        return Run(seconds, named, was_killed, process.returncode)


class Browser:
    """A Chromium with a profile of its own. Whoever opens it chooses the whole folder each time."""

    name = "browser"

    def __init__(self, playwright: Playwright, site: Site, files: Files) -> None:
        self.playwright, self.site, self.files = playwright, site, files.without_odd()
        self.profile = site.folder / "profile"
        self.galleries: dict[str, str] = {}

    def run(self, gallery: str, until: int | None = None) -> Run:
        with self._opened() as context:
            page = self._page_of(context, gallery)
            started = time.monotonic()
            page.set_input_files("#folder", self.files.folder)
            was_killed = self._wait(page, gallery, until)
            seconds = time.monotonic() - started
            if was_killed:
                self._kill()
                return Run(seconds, set(), was_killed)
            lines = page.locator("#uploads-rows [data-state=refused]").evaluate_all(LINES)
        return Run(seconds, set(NAMED.findall("\n".join(lines))))

    @contextmanager
    def _opened(self) -> Iterator[BrowserContext]:
        path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
        context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=path,
            args=FLAGS,
            base_url=f"http://127.0.0.1:{self.site.port}",
        )
        context.set_default_timeout(PATIENCE * 1000)
        try:
            yield context
        finally:
            with suppress(Error):  # it was killed
                context.close()

    def _page_of(self, context: BrowserContext, gallery: str) -> Page:
        """Open the gallery's page; log in if a killed browser has lost the session."""
        if gallery not in self.galleries:
            body = json.dumps({"name": gallery})
            self.galleries[gallery] = self.site.request("POST", "/api/v1/galleries/", body)[1]["id"]
        page, address = context.new_page(), f"/galleries/{self.galleries[gallery]}/"
        page.goto(address)
        if "/login/" in page.url:
            page.fill("[name=login]", "alice")
            page.fill("[name=password]", "correct-horse")
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"**{address}")
        return page

    def _wait(self, page: Page, gallery: str, until: int | None) -> bool:
        """Whether so many photos are there before the end of the uploads."""
        while not page.is_visible("#uploads-close"):
            if until is not None and len(hashes_in(self.site, gallery)) >= until:
                return True
            page.wait_for_timeout(20)
        return False

    def _kill(self) -> None:
        flag = f"--user-data-dir={self.profile}"
        for process in psutil.process_iter(["cmdline"]):
            if flag in (process.info["cmdline"] or ()):
                with suppress(psutil.NoSuchProcess):
                    process.kill()


def hashes_in(site: Site, gallery: str) -> list[str]:
    """The SHA-256 of the files from which a gallery's photos were made."""
    rows = site.sql(
        "SELECT sha256 FROM gallery_photo JOIN gallery_gallery ON gallery_gallery.id = gallery_id "
        f"WHERE name = '{gallery}'"
    )
    return [sha256 for (sha256,) in rows]


# --- What became of the files --------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """How many files a gallery has, and how many went wrong."""

    there: set[str]
    refused: int
    lost: int
    doubled: int
    unnamed: int
    code: int | None

    def is_bad(self) -> bool:
        is_wrong_code = self.code is not None and self.code != int(self.refused > 0)
        return bool(self.lost or self.doubled or self.unnamed or is_wrong_code)


def judge(site: Site, files: Files, gallery: str, last: Run) -> Verdict:
    found = hashes_in(site, gallery)
    there = set(found)
    missing = {number for number, sha256 in files.hashes.items() if sha256 not in there}
    return Verdict(
        there,
        refused=len(missing & last.named),
        lost=len(files.good - there),
        doubled=len(found) - len(there),
        unnamed=len(missing - last.named),
        code=last.code,
    )


def without_file(site: Site) -> int:
    """How many photos have no picture."""
    try:
        site.manage("verify", "--quick")
    except subprocess.CalledProcessError as error:
        return error.output.count("its picture is gone")
    return 0


@dataclass
class Trial:
    """The results of one way: killed twice, unbroken, and again."""

    way: Way
    verdicts: list[Verdict]
    kills: int
    first: float
    second: float

    def figure(self) -> Figure:
        what = f"{self.way.name} again, {len(self.way.files.hashes):,} files"
        return compared(what, "s", [self.second], "first time", [self.first])


def try_out(way: Way, site: Site) -> Trial:
    files, broken, whole = way.files, f"{way.name} killed", f"{way.name} whole"
    kills = sum(way.run(broken, int(share * len(files.good))).was_killed for share in KILLS)
    verdicts = [judge(site, files, broken, way.run(broken))]
    first = way.run(whole)
    verdicts.append(judge(site, files, whole, first))
    second = way.run(broken)
    verdicts.append(judge(site, files, broken, second))
    return Trial(way, verdicts, kills, first.seconds, second.seconds)


def show(trials: list[Trial], gone: int) -> bool:
    """Print a line for each gallery; return whether all is well."""
    heads = ("there", "refused", "lost", "doubled", "unnamed", "differ", "exit")
    print(f"{'way':<30}" + "".join(f"{head:>9}" for head in heads))
    usual, is_good = trials[0].verdicts[0].there, not gone
    for trial in trials:
        names = f"killed {trial.kills} times", "unbroken", "again"
        both = set(trial.way.files.hashes.values()) & set(trials[0].way.files.hashes.values())
        for name, verdict in zip(names, trial.verdicts, strict=True):
            differ = len((verdict.there ^ usual) & both)
            cells = (len(verdict.there), verdict.refused, verdict.lost, verdict.doubled)
            cells += (verdict.unnamed, differ, "" if verdict.code is None else verdict.code)
            print(f"{f'{trial.way.name}, {name}':<30}" + "".join(f"{cell:>9}" for cell in cells))
            is_good &= not verdict.is_bad() and not differ
        is_good &= trial.kills == len(KILLS)
    print(f"photos without a picture: {gone}\n")
    for trial in trials:
        share = trial.second / trial.first
        word = "missed" if share > MOST else "kept"
        print(
            f"{trial.way.name}: {trial.first:.1f} s, and {trial.second:.1f} s again: "
            f"{share:.3f} of it; the bar of {MOST} is {word}"
        )
    return is_good


# --- All of it -----------------------------------------------------------------------------------


@contextmanager
def own_site() -> Iterator[Site]:
    """A web server on SQLite, and a queue, but no worker."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(folder, f"sqlite:///{folder / 'db.sqlite3'}", PYTHONPATH=str(ROOT / "client"))
        site.redis.start()
        try:
            site.set_up()
            site.start_web()
            address = f"http://127.0.0.1:{site.port}"
            site.env |= {"CELEBATTR_SITE": address, "CELEBATTR_TOKEN": site.token}
            yield site
        finally:
            site.stop(*site.processes)
            site.redis.stop()


def ways_of(site: Site, files: Files, playwright: Playwright) -> list[Way]:
    return [
        Command("import_photos", ("manage.py", "import_photos"), site, files),
        Command("client", ("-m", "celebattr_client.cli", "upload"), site, files),
        Browser(playwright, site, files),
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--files", type=int, default=FILES)
    arguments.add_argument("--small", action="store_true", help=f"only {SMALL} files")
    arguments.add_argument("--faces", type=Path)
    arguments.add_argument("--hostile", type=Path)
    names = ("import_photos", "client", "browser")
    arguments.add_argument("--ways", nargs="+", choices=names, default=names)
    options: argparse.Namespace = arguments.parse_args()
    count = SMALL if options.small else options.files
    with own_site() as site, sync_playwright() as playwright:
        files = make_files(site.folder / "files", count, options.faces, options.hostile)
        ways = [way for way in ways_of(site, files, playwright) if way.name in options.ways]
        trials = [try_out(way, site) for way in ways]
        is_good = show(trials, without_file(site))
    report([trial.figure() for trial in trials], options.json)
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
