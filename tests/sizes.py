"""How much of a long test runs: a tenth in `make test`, all of it under TEST_SIZE=full."""

import os

IS_FULL = os.environ.get("TEST_SIZE") == "full"


def sized(full: int, least: int = 1) -> int:
    """How many examples, photos or rounds a test that is long by nature goes through."""
    return full if IS_FULL else max(least, full // 10)
