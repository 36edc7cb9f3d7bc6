"""What Schemathesis cannot know from the schema: files of a type, and values that depend on others.

It loads this module by its path, in an environment that has neither Django nor Pillow.
"""

import itertools
import json
import os
import re
import struct
import zlib
from typing import Any
from urllib.parse import urlencode

import schemathesis
from hypothesis import strategies as st

# A first page's end, as in a list by an attribute, and in those that are by something else.
SORTED = "MC41MDAwLDE"  # "0.5000,1" in base64
BY_UPLOAD, BY_DATE, BY_VALUE = "LDE", "LSwx", "PTEsMQ"  # ",1", "-,1" and "=1,1"
BY_TIME = "PTIwMjYtMDEtMzFUMTI6MDA6MDArMDA6MDAsMQ"  # "=2026-01-31T12:00:00+00:00,1"
ENDS = dict.fromkeys((None, "", "newest", "oldest", "uploaded", "-uploaded"), BY_UPLOAD)
ENDS |= dict.fromkeys(("taken", "-taken"), BY_DATE)
ENDS |= dict.fromkeys(("name", "-name", "faces", "-faces"), BY_VALUE)

NAMED = re.compile(r"(?:by|gallery|model)\s*=", re.IGNORECASE)

numbers = itertools.count()


def make_png(side: int, color: bytes) -> bytes:
    """A square of one color."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + color * side) * side))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
answers = st.dictionaries(
    st.sampled_from(["Smiling", "Young"]),
    st.fixed_dictionaries({"answer": st.sampled_from(["yes", "no"])}),
)
lines = st.fixed_dictionaries(
    {
        "sha256": hashes,
        "face": st.uuids().map(str),
        "box": st.just({"x": 0.1, "y": 0.1, "w": 0.5, "h": 0.5}),
        "corrections": answers,
    }
)
json_lines = st.lists(lines.map(json.dumps)).map("\n".join).map(str.encode)
pictures = st.builds(make_png, st.integers(64, 99), st.binary(min_size=3, max_size=3))
schemathesis.openapi.media_type("application/jsonl", json_lines)
schemathesis.openapi.media_type("image/png", pictures)
# Random ones alone would only find that nothing is there.
schemathesis.openapi.format("uuid", st.just(os.environ["GALLERY"]) | st.uuids().map(str))


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leave out three kinds: addresses that the web server refuses by itself, as not even JSON;
    "valid" forms in which Schemathesis filled in the file and nothing else; "valid" filters with
    the name of a person, gallery or model, which has to be one that there is.
    """
    if len(urlencode(case.query, doseq=True)) > 8000:
        return False
    filters = (case.query.get("attrs"), body_of(case).get("attrs"))
    is_named = any(isinstance(text, str) and NAMED.search(text) for text in filters)
    return not is_positive(case) or not (is_named or body_of(case).get("gallery") == "")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Make what is valid by the schema fit the rest of the request, and what there is already."""
    if not is_positive(case):
        return
    query, body = case.query, body_of(case)
    if query.get("cursor"):  # it belongs to a list in one order
        is_trash = case.operation.label == "GET /api/v1/trash/"
        query["cursor"] = BY_TIME if is_trash else ENDS.get(query.get("sort"), SORTED)
    if query.get("wait"):  # so many seconds the answer is held; the limit is on what is not asked
        query["wait"] = 1
    if isinstance(body.get("name"), str):  # it can be seen, and is unique in its gallery
        body["name"] = f"{next(numbers)} {body['name'][:80]}"
    if "url" in body:  # one that the site may send to, and where nobody is
        body["url"] = "http://127.0.0.1:1024/"
    headers = case.headers or {}
    if headers.get("Idempotency-Key"):  # each stands for one upload
        headers["Idempotency-Key"] = f"{next(numbers)}"
    if "*" in headers.get("If-None-Match", ""):  # which is every answer that there is
        headers["If-None-Match"] = '"none"'
    if case.operation.label == "POST /api/v1/photos/{id}/faces/":  # inside, and not too small
        body |= {side: body[side] / 2 for side in "xy"}
        body |= {side: 0.25 + body[side] / 4 for side in "wh"}


def is_positive(case: Any) -> bool:
    return bool(case.meta and case.meta.generation.mode.is_positive)


def body_of(case: Any) -> dict[str, Any]:
    return case.body if isinstance(case.body, dict) else {}
