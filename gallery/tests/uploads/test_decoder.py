"""The process that decodes: it runs out of time or memory, or dies, alone."""

import os
import signal
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from gallery.tests.pictures import draw, encode, exif
from gallery.uploads.decoder import AT_ONCE, Busy, decoder
from gallery.uploads.pictures import UploadError

PIXELS = 16_000_000


@pytest.fixture
def stopped():
    """The process's id, while it does not run."""
    pid = decoder.start()
    os.kill(pid, signal.SIGSTOP)
    yield pid
    os.kill(pid, signal.SIGCONT)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_crash_costs_the_one_upload_and_no_other():
    pid = decoder.start()
    with ThreadPoolExecutor(1) as thread:
        os.kill(pid, signal.SIGSTOP)
        upload = thread.submit(decoder.decode, [encode(draw())], PIXELS)
        with pytest.raises(TimeoutError):
            upload.result(0.2)
        os.kill(pid, signal.SIGKILL)

        with pytest.raises(UploadError, match="too long to open"):
            upload.result(20)

    assert decoder.decode([encode(draw())], PIXELS).width == 96
    assert decoder.start() != pid


def test_memory_beyond_the_limit_is_refused_in_words():
    # Pillow sees the orientation, for which it needs a second copy, after the picture's pixels.
    turned = encode(Image.new("RGB", (4000, 4000)), "PNG")
    turned = turned[:-12] + chunk(b"eXIf", exif(orientation=6)[6:]) + turned[-12:]

    # Some decoders only say that they failed.
    with pytest.raises(UploadError, match="too large to be opened|damaged or incomplete"):
        decoder.decode([turned], PIXELS)

    assert decoder.decode([turned], 2 * PIXELS).width == 4000


def test_more_than_a_few_at_once_are_asked_to_try_again(stopped):
    with ThreadPoolExecutor(AT_ONCE) as threads:
        uploads = [threads.submit(decoder.decode, [encode(draw())], PIXELS) for _ in range(AT_ONCE)]
        with pytest.raises(Busy, match="Try again"):
            decoder.decode([encode(draw())], PIXELS)
        os.kill(stopped, signal.SIGCONT)

        assert [upload.result().width for upload in uploads] == [96] * AT_ONCE
