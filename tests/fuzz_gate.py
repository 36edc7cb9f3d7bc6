"""Fuzz the gate for uploads: no exception but the refusal, none over 5 seconds or 300 MB.

    pip install atheris==3.0.0
    python -m tests.fuzz_gate CORPUS [-max_total_time=1800] [other options of libFuzzer]

CORPUS is a folder of pictures, good and bad; new ones that reach other code are added to it. An
input that breaks a rule is written to the folder that the command runs in. What the dearest input
cost so far is printed. Seconds are those of the CPU, for other programs may be at work. Only Linux
tells how much memory was in use at most: elsewhere it is not judged. `make test` runs the same on a
few changed files (`tests/test_hostile.py`).
"""

import sys
import warnings

import atheris

with atheris.instrument_imports(include=["gallery", "ml", "PIL", "pillow_heif"]):
    from tests.gate_target import MOST_BYTES, MOST_SECONDS, Cost, cost

# libFuzzer's own clock only has to end what hangs, and its limit of memory what leaks.
RULES = ["-timeout=120", "-rss_limit_mb=1000", "-max_len=200000"]


class Dearest:
    """The most that any input has cost so far, which is printed as it rises."""

    seconds, memory, told = 0.0, 0, ""  # of CPU time, and bytes

    def note(self, paid: Cost) -> None:
        self.seconds, self.memory = max(self.seconds, paid.seconds), max(self.memory, paid.memory)
        words = f"at most {self.seconds:.1f} s and {self.memory / 1e6:.0f} MB"
        if words != self.told:
            print(words, flush=True)
        self.told = words


dearest = Dearest()


def check(data: bytes) -> None:
    paid = cost(data)
    dearest.note(paid)
    assert paid.seconds <= MOST_SECONDS, f"{paid.seconds:.1f} s of CPU time"
    assert paid.memory <= MOST_BYTES, f"{paid.memory / 1e6:.0f} MB"


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # as in the process that decodes, which keeps no list of them
    atheris.Setup([*sys.argv, *RULES], check)
    atheris.Fuzz()
