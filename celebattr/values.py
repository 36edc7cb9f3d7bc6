"""The kinds of values that a setting may have: how each is read, and what it accepts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

ON, OFF = {"on", "true", "yes", "y", "1"}, {"off", "false", "no", "n", "0"}
MOST = 2**31 - 1  # as seconds 68 years, so that a date that far ahead is still valid
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("line", "json")
HOST = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
ORIGIN = re.compile(r"https?://(\*\.)?([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?")
LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[::1\]|(.*\.)?localhost", re.IGNORECASE)
ZONES = Path("/usr/share/zoneinfo")
SIZE = re.compile(r"(\d+)\s*(?:([KMG])(?:i?B)?|B)?", re.IGNORECASE | re.ASCII)
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
KEY = re.compile(r".+")
BUCKET = re.compile(r"/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """`convert` raises ValueError for any text other than what `accepted` describes."""

    convert: Callable[[str], T]
    accepted: str = ""


def accepts(description: str) -> Callable[[Callable[[str], T]], Kind[T]]:
    return lambda convert: Kind(convert, description)


def require(condition: object) -> None:
    if not condition:
        raise ValueError


@accepts("Write on or off.")
def flag(text: str) -> bool:
    require(text.lower() in ON | OFF)
    return text.lower() in ON


@accepts(f"Write a whole number from 1 to {MOST}, without a unit.")
def number(text: str) -> int:
    require(text.isascii() and 1 <= int(text) <= MOST)
    return int(text)


@accepts(f"Write a whole number from 0 (none) to {MOST}.")
def count(text: str) -> int:
    require(text.isascii() and 0 <= int(text) <= MOST)
    return int(text)


@accepts("Write a whole number of days, from 0 (none) to 36500.")
def days(text: str) -> int:
    require(text.isascii() and 0 <= int(text) <= 36500)
    return int(text)


@accepts("Write host names with commas between them, without scheme, port or path: example.org")
def hosts(text: str) -> list[str]:
    return _items(text, HOST)


@accepts("Write scheme and host, with commas between several: https://example.org")
def origins(text: str) -> list[str]:
    return _items(text, ORIGIN)


@accepts("Write former values of SECRET_KEY, with commas between them.")
def keys(text: str) -> list[str]:
    return _items(text, KEY)


@accepts("Write addresses or networks with commas between them: 127.0.0.1, 172.16.0.0/12")
def networks(text: str) -> list[IPv4Network | IPv6Network]:
    items = [ip_network(item.strip()) for item in text.split(",") if item.strip()]
    require(items)
    return items


@accepts("Write https://HOST/PATH, the issuer's address without /.well-known/...")
def issuer(text: str) -> str:
    url = urlsplit(text)
    require(url.scheme in ("https", "http") and url.hostname and not url.query and url.port != 0)
    return text.rstrip("/")


@accepts("Write a number and a period (s, min, hour or day), such as 60/min.")
def rate(text: str) -> str:
    require(re.fullmatch("[1-9][0-9]*/[smhd][a-z]*", text))
    return text


@accepts(f"Write one of {', '.join(LOG_LEVELS)}.")
def log_level(text: str) -> str:
    require(text.upper() in LOG_LEVELS)
    return text.upper()


@accepts(f"Write one of {', '.join(LOG_FORMATS)}.")
def log_format(text: str) -> str:
    require(text.lower() in LOG_FORMATS)
    return text.lower()


@accepts("Write a name from the time zone database, such as Europe/Berlin.")
def time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (LookupError, OSError):
        raise ValueError from None
    require(not ZONES.exists() or (ZONES / text).is_file())  # Django looks for it there, too
    return text


@accepts(
    "Write redis://HOST:6379/0, rediss://HOST:6379/0 or unix:///SOCKET. The socket's path has "
    "neither blanks nor #."
)
def queue_url(text: str) -> str:
    url = urlsplit(text)
    require(url.scheme in ("redis", "rediss", "unix"))
    require(not url.fragment and " " not in unquote(url.path))  # redis-py would fail on them
    require(url.path if url.scheme == "unix" else url.hostname)
    require(url.port != 0)  # to ask for the port raises ValueError if it is not a number
    return text


@accepts(
    "Write s3://KEY:SECRET@HOST/BUCKET?region=REGION, or s3+http://... for a host without TLS. "
    "In the secret, / is %2F."
)
def bucket(text: str) -> dict[str, Any]:
    """Django's entry for a storage. Without key and secret, boto3 looks for them itself."""
    url, options = urlsplit(text), dict(parse_qsl(urlsplit(text).query, strict_parsing=False))
    name = BUCKET.fullmatch(url.path)
    require(url.scheme in ("s3", "s3+http") and url.hostname and name and url.port != 0)
    require(bool(url.username) == bool(url.password) and options.keys() <= {"region"})
    if find_spec("storages") is None:
        raise ImproperlyConfigured(
            "STORAGE_URL needs more packages. Install them with: "
            ".venv/bin/pip install --require-hashes -r locks/requirements-s3.txt"
        )
    scheme = "https" if url.scheme == "s3" else "http"
    keys = {
        "access_key": unquote(url.username or "") or None,
        "secret_key": unquote(url.password or "") or None,
        "bucket_name": name and name[1],
        "endpoint_url": f"{scheme}://{url.netloc.rpartition('@')[2]}",
        "region_name": options.get("region", "us-east-1"),
    }
    return {"BACKEND": "celebattr.bucket.Bucket", "OPTIONS": keys}


@accepts("Write smtp+tls://USER:PASSWORD@HOST:587, smtp+ssl://... or consolemail://")
def email(text: str) -> dict[str, Any]:
    """Django's settings for mail."""
    try:
        config: dict[str, Any] = environ.Env.email_url_config(text)
    except ImproperlyConfigured:
        raise ValueError from None
    require(config["EMAIL_HOST"] or not text.startswith("smtp"))
    return config


@accepts("Write an address, such as CelebAttr <noreply@example.org>")
def sender(text: str) -> str:
    require("@" in parseaddr(text)[1])
    return text


@accepts("Write a path that begins with a slash, such as /faces")
def base_path(text: str) -> str:
    require(re.fullmatch(r"(/[\w.~-]+)+/?", text, re.ASCII))
    return text.rstrip("/")


@accepts("Write at least 16 letters, digits or signs, without blanks.")
def secret(text: str) -> str:
    require(re.fullmatch(r"[!-~]{16,}", text))
    return text


@accepts("Write a path that begins and ends with a slash, such as /protected/")
def location(text: str) -> str:
    require(re.fullmatch(r"/([\w.-]+/)+", text))
    return text


ANY_TEXT = Kind(str)


def choice(*words: str) -> Kind[str]:
    """One of these words."""

    def convert(text: str) -> str:
        require(text.lower() in words)
        return text.lower()

    return Kind(convert, f"Write one of {', '.join(words)}.")


def is_loopback(host: str) -> bool:
    """Whether the name or address leads to this machine only, and from this machine only."""
    return LOOPBACK.fullmatch(host) is not None or host == "::1"


def refuse_for_the_net(secret_key: str, debug: bool) -> None:
    """Raise ImproperlyConfigured for what only a site on this machine may have."""
    made_up = secret_key.startswith("django-insecure-")
    if made_up or len(secret_key) < 32 or len(set(secret_key)) < 10:
        raise ImproperlyConfigured(
            "SECRET_KEY can be guessed, and ALLOWED_HOSTS lets others in. Make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    if debug:
        raise ImproperlyConfigured(
            "DEBUG=on shows settings and code to everyone, and ALLOWED_HOSTS lets others in. "
            "Turn DEBUG off, or leave only names of this machine in ALLOWED_HOSTS."
        )


def size(least: int, most: int) -> Kind[int]:
    """A number of bytes."""
    accepted = (
        f"Write a number of bytes, or of K, M or G (50M is 50 x 1024 x 1024 bytes), from {least} "
        f"to {most // UNITS['G']}G."
    )
    return Kind(lambda text: _size(text, least, most), accepted)


def path(folder: Path) -> Kind[Path]:
    """A path; a relative one starts at the folder."""
    return Kind(lambda text: folder / Path(text).expanduser())


def database(folder: Path) -> Kind[dict[str, Any]]:
    """Django's entry for a database. The relative path of a SQLite file starts at the folder."""
    accepted = "Write postgres://USER:PASSWORD@HOST/NAME or sqlite:///FILE."
    return Kind(lambda text: _database(text, folder), accepted)


def sqlite(file: Path | str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}


def _size(text: str, least: int, most: int) -> int:
    if not (match := SIZE.fullmatch(text)):
        raise ValueError
    in_bytes = int(match[1]) * UNITS[(match[2] or "").upper()]
    require(least <= in_bytes <= most)
    return in_bytes


def _database(text: str, folder: Path) -> dict[str, Any]:
    if text in ("sqlite://", "sqlite://:memory:"):
        return sqlite(":memory:")
    if text.startswith("sqlite:///"):
        # A parser of URLs would end the path of a folder called `C# photos` at the `#`.
        file = unquote(text.removeprefix("sqlite:///").partition("?")[0])
        require(file and not file.endswith("/"))
        return sqlite(folder / file)
    require(text.startswith(("postgres://", "postgresql://", "pgsql://", "psql://")))
    config: dict[str, Any] = environ.Env.db_url_config(text)
    require(config["NAME"] or "service" in config.get("OPTIONS", {}))
    return config


def _items(text: str, pattern: re.Pattern[str]) -> list[str]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    require(items and all(map(pattern.fullmatch, items)))
    return items
