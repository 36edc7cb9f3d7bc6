"""Fuzz the API of a real site by its schema, as four people; it must find nothing.

    make fuzz-api ARGS="--max-examples 500"     # further options of Schemathesis, which uv fetches

Every check of Schemathesis runs: what the schema allows is taken, what it forbids is refused, and
all is answered as the schema says. `tests/fuzz_hooks.py` has what no schema can say.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from tests.system.processes import ROOT
from tests.system.site import Site, photo, wait_for

SCHEMATHESIS = ("uv", "tool", "run", "schemathesis==4.32.5", "run")
OPTIONS = (
    *("--checks", "all", "--max-response-time", "2", "--max-examples", "50"),
    *("--continue-on-failure", "--warnings", "off", "--generation-database", "none"),
    *("--report", "json,har", "--report-json-path", "report.json", "--report-har-path", "all.har"),
)
NO_LIMIT = "1000000/min"
# Who may only look at a gallery has a token for that: links open pages, not the API.
OTHERS = """
from django.contrib.auth import get_user_model
from gallery.models import ApiToken, Gallery
bob = get_user_model().objects.create_user("bob", password="correct-horse")
gallery = Gallery.objects.get()
only = {"can_write": False, "gallery": gallery}
print("tokens", ApiToken.objects.create(bob, name="test")[1], end=" ")
print(ApiToken.objects.create(gallery.owner, name="test", **only)[1])
"""


def main(options: list[str]) -> int:
    """Returns for how many people something was found."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")
    django.setup()
    with tempfile.TemporaryDirectory() as name:
        site = make_site(Path(name))
        try:
            gallery = make_gallery(site)
            runs = {who: fuzz(site, gallery, token, options) for who, token in people(site).items()}
        finally:
            site.stop(*site.processes)
            site.redis.stop()
    print(f"\n{'as':<10}{'requests':>10}{'failures':>10}{'slowest':>12}")
    for who, (requests, failures, slowest) in runs.items():
        print(f"{who:<10}{requests:>10}{failures:>10}{slowest:>10.2f} s")
    return sum(failures > 0 for _, failures, _ in runs.values())


def make_site(folder: Path) -> Site:
    """A site with one person."""
    url = f"sqlite:///{folder / 'db.sqlite3'}"
    limits = {"THROTTLE_ANON": NO_LIMIT, "THROTTLE_USER": NO_LIMIT}
    site = Site(folder, url, **limits, WEBHOOK_PRIVATE="on")
    site.redis.start()
    site.set_up()
    site.start_web()
    site.start_worker()
    return site


def make_gallery(site: Site) -> str:
    """Her gallery with two photos of a face; its id."""
    gallery = site.make_gallery()
    for number in range(2):
        site.upload(gallery, photo(number))
    wait_for(lambda: site.count("ready") == 2)
    return gallery


def people(site: Site) -> dict[str, str]:
    """Who asks, with which token. The owner comes last, and deletes what the viewer may see."""
    stranger, viewer = site.manage("shell", "--verbosity", "0", "-c", OTHERS).split()[-2:]
    return {"anonymous": "", "stranger": stranger, "viewer": viewer, "owner": site.token}


def fuzz(site: Site, gallery: str, token: str, options: list[str]) -> tuple[int, int, float]:
    """How many requests were sent, what was found, and how long the slowest took, in seconds."""
    address = f"http://127.0.0.1:{site.port}/api/schema/"
    header = ("--header", f"Authorization: Token {token}") if token else ()
    command = [sys.executable, "-m", *SCHEMATHESIS, address, *OPTIONS, *header, *options]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.fuzz_hooks", "PYTHONPATH": str(ROOT), "GALLERY": gallery}
    code = subprocess.run(command, check=False, cwd=site.folder, env=os.environ | hooks).returncode
    found = json.loads((site.folder / "report.json").read_text())["test_cases"]["with_failures"]
    log = json.loads((site.folder / "all.har").read_text())["log"]["entries"]
    slowest = max(entry["time"] for entry in log) / 1000
    return len(log), found or code, slowest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
