"""Fuzz the API of a real site by its schema: as nobody, as an owner, as somebody else.

    make fuzz-api ARGS="--max-examples 50"     # further options of Schemathesis, which uv fetches

Two of its checks are left out. The schema cannot say what a filter, a cursor or a file of answers
is, so valid values by the schema are refused (positive_data_acceptance). An empty query parameter
counts as not given, so an invalid one is accepted (negative_data_rejection).
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from tests.system.site import Site, photo

SCHEMATHESIS = ("uv", "tool", "run", "schemathesis==4.32.5", "run")
OPTIONS = (
    *("--checks", "all", "--exclude-checks", "positive_data_acceptance,negative_data_rejection"),
    *("--max-response-time", "10", "--continue-on-failure", "--warnings", "off"),
    *("--generation-database", "none"),
)
NO_LIMIT = "1000000/min"
OTHER = """
from django.contrib.auth import get_user_model
from gallery.models import ApiToken
user = get_user_model().objects.create_user("bob", password="correct-horse")
print("token", ApiToken.objects.create(user, name="test")[1])
"""


def main(options: list[str]) -> int:
    """Returns how many of the three found something."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")
    django.setup()
    with tempfile.TemporaryDirectory() as name:
        site = make_site(Path(name))
        try:
            return sum(fuzz(site, token, options) for token in tokens(site))
        finally:
            site.stop(*site.processes)
            site.redis.stop()


def make_site(folder: Path) -> Site:
    """A site with two analyzed photos."""
    url = f"sqlite:///{folder / 'db.sqlite3'}"
    site = Site(folder, url, THROTTLE_ANON=NO_LIMIT, THROTTLE_USER=NO_LIMIT)
    site.redis.start()
    site.set_up()
    site.start_web()
    site.start_worker()
    gallery = site.make_gallery()
    for number in range(2):
        site.upload(gallery, photo(number))
    return site


def tokens(site: Site) -> list[str]:
    """Of nobody, of the owner, and of somebody else."""
    other = site.manage("shell", "--verbosity", "0", "-c", OTHER).split()[-1]
    return ["", site.token, other]


def fuzz(site: Site, token: str, options: list[str]) -> bool:
    """Whether something was found."""
    address = f"http://127.0.0.1:{site.port}/api/schema/"
    header = ("--header", f"Authorization: Token {token}") if token else ()
    command = [sys.executable, "-m", *SCHEMATHESIS, address, *OPTIONS, *header, *options]
    return subprocess.run(command, check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
