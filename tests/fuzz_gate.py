"""Fuzz the gate for uploads: no exception but the refusal, none over 5 seconds or 400 MB.

    pip install atheris==3.0.0
    python -m tests.fuzz_gate CORPUS [-max_total_time=1800] [other options of libFuzzer]

CORPUS is a folder of pictures, good and bad; new ones that reach other code are added to it. An
input that breaks a rule is written to the folder that the command runs in.
"""

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["gallery", "ml", "PIL", "pillow_heif"]):
    from gallery.uploads.pictures import UploadError, clean

MOST_PIXELS = 51_000_000
RULES = ["-timeout=5", "-rss_limit_mb=480", "-max_len=200000"]  # 80 MB are Python's and libFuzzer's


def check(data: bytes) -> None:
    with suppress(UploadError):
        clean(data, MOST_PIXELS)


if __name__ == "__main__":
    atheris.Setup([*sys.argv, *RULES], check)
    atheris.Fuzz()
