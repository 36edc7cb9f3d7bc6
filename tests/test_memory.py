"""Memory that the web processes no longer need."""

import os
import platform
import subprocess
import sys

import pytest

from tests.system.processes import ROOT

# Large blocks with small ones between them, which stay: nothing is at the heap's end.
PROGRAM = """
import psutil
{start}
bytearray(2_000_000)
before = psutil.Process().memory_info().rss
blocks = [(bytearray(1_000_000), bytearray(5_000)) for _ in range(50)]
small = [block for _, block in blocks]
del blocks
print(psutil.Process().memory_info().rss - before)
"""


def kept(start: str) -> int:
    """Bytes of 50 MB that a process still has once they are freed."""
    command = [sys.executable, "-c", PROGRAM.format(start=start)]
    env = {"PATH": os.environ["PATH"], "SECRET_KEY": "for-tests-only"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what glibc does")
def test_a_web_process_gives_back_the_memory_of_pictures_that_it_has_freed():
    assert kept("import celebattr.wsgi") < 5_000_000
    assert kept("") > 40_000_000
