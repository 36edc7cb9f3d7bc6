"""Logs of real processes: an id from the upload to the worker, and little about damaged files."""

import io
import json
import os
import re
import struct

import psutil
import pytest
from PIL import Image

from tests.system.site import Site, database_url_for, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

TAGS = 2000


def with_broken_exif() -> bytes:
    """A JPEG of which no EXIF tag lies within the file."""
    tags = b"".join(struct.pack("<HHII", 0x8000 + tag, 2, 30_000, 20) for tag in range(TAGS))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, TAGS) + tags + bytes(4)
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_the_id_of_an_upload_is_in_the_worker_s_line_about_the_photo(site):
    assert site.upload(site.make_gallery(), photo(1)) == 201
    site.start_worker("tracing")
    wait_for(lambda: site.count("ready"))
    wait_for(lambda: ": analyzed" in site.log("tracing"))

    (analyzed,) = re.findall(r"\[(\w{32})\]: photo \S+: analyzed", site.log("tracing"))
    assert re.search(rf"\[{analyzed}\]: POST api:photo-list: 201", site.log("web"))


def test_a_file_with_thousands_of_broken_tags_gives_one_line(site):
    before = site.log("web").count("UserWarning")

    assert site.upload(site.make_gallery(), with_broken_exif()) == 201

    assert site.log("web").count("UserWarning") - before == 1


def test_no_log_holds_the_token(site):
    site.upload(site.make_gallery(), photo(3))

    assert "POST api:photo-list" in site.log("web") and site.token not in site.log("web")


def test_every_line_of_all_processes_is_json_if_that_is_wanted(tmp_path):
    database_url, drop = database_url_for(tmp_path, f"celebattr_json_{os.getpid()}")
    site = Site(tmp_path, database_url, LOG_FORMAT="json")
    site.redis.start()
    try:
        site.set_up()
        web = site.start_web()
        site.start_worker()
        assert site.upload(site.make_gallery(), with_broken_exif()) == 201
        wait_for(lambda: site.count("ready"))
        for child in psutil.Process(web.pid).children():
            child.kill()  # gunicorn itself has something to say about that
        wait_for(lambda: "gunicorn.error" in site.log("web"))
    finally:
        site.stop(*site.processes)
        site.redis.stop()
        drop()
    said = [json.loads(line) for name in ("web", "worker") for line in site.log(name).splitlines()]

    assert {"gunicorn.error", "py.warnings", "celebattr.middleware"} <= {
        line["logger"] for line in said
    }
