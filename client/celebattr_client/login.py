"""The site and the token that the command line uses: from the environment, or from a file."""

import json
import os
from pathlib import Path

from celebattr_client.errors import CelebAttrError

SITE, TOKEN = "CELEBATTR_SITE", "CELEBATTR_TOKEN"


def login_file() -> Path:
    """Where `celebattr login` keeps them."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder, "celebattr", "login.json")


def keep(site: str, token: str) -> None:
    """Write them into a file that only this person may read."""
    path = login_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump({"site": site, "token": token}, file)
    part.replace(path)


def read() -> tuple[str, str]:
    """The site and the token; CelebAttrError if nobody has logged in."""
    kept = {}
    try:
        kept = json.loads(login_file().read_text(encoding="utf-8"))
        site = os.environ.get(SITE) or kept["site"]
        return site, os.environ.get(TOKEN) or kept["token"]
    except FileNotFoundError:
        if SITE in os.environ and TOKEN in os.environ:
            return os.environ[SITE], os.environ[TOKEN]
    except (OSError, ValueError, KeyError) as error:
        raise CelebAttrError(f"{login_file()} cannot be read. Log in again.") from error
    raise CelebAttrError(f"Log in first: celebattr login SITE. Or set {SITE} and {TOKEN}.")
