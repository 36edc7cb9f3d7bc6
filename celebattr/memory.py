"""What the web processes, and those that decode, do with memory that is no longer needed."""

import ctypes
from contextlib import suppress

MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's malloc.h
LARGE = 256 * 1024  # bytes


def return_large_blocks() -> None:
    """Have large blocks, such as pictures, go back to the system as soon as they are freed.

    glibc would do so until the first one is freed. Then it keeps them, in a heap for each thread.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)
