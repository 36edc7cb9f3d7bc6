"""How lines of the log look: with the request's id, and without secrets."""

import logging
import re

from pythonjsonlogger.json import JsonFormatter

from gallery import trace

LINE = "%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s"
FIELDS = ("levelname", "name", "message", "request_id")
NAMES = {"levelname": "level", "name": "logger"}

# What must not stand in a log, each with the part before it that stays.
SECRETS = (
    re.compile(
        r"(/(?:reset|confirm-email|invite|join|s)/)[^\s\"'?<>]+"
    ),  # links that let people in
    re.compile(r"(\b(?:Token|Bearer|Basic) )[\w.=+/-]{8,}"),
    re.compile(r"(\b(?:celebattr_session|celebattr_csrf|sessionid|csrftoken)=)[\w-]+"),
    re.compile(r"(\b\w+://[^\s/:@]*:)[^\s/@]+(?=@)"),  # a password in an address
    re.compile(r"(\b(?:password|secret|token)[\"']?\s*[=:]\s*[\"']?)[^\s\"',&}]+", re.IGNORECASE),
)


def scrub(text: str) -> str:
    """The text without secrets."""
    for secret in SECRETS:
        text = secret.sub(r"\1...", text)
    return text


class LineFormatter(logging.Formatter):
    """One line for people."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class JsonLineFormatter(JsonFormatter):
    """One line of JSON for programs."""

    def __init__(self) -> None:
        super().__init__(FIELDS, rename_fields=NAMES, timestamp="time")

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class RequestId(logging.Filter):
    """Gives each line the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = trace.current().request_id or "-"
        return True


class OncePerRequest(logging.Filter):
    """Lets one line of a logger pass per request: a file's damage may give thousands."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = trace.current().said
        is_first = record.name not in said
        said.add(record.name)
        return is_first
