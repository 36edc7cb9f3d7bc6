"""Work that threads do ahead of a caller: reading, decoding and finding faces, before scoring.

Pillow and ONNX Runtime compute without Python's lock, so threads use several cores.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Ahead(Iterator[R]):
    """The results of `do` for each item, in their order; threads compute them ahead.

    What `do` raises is raised at its item's turn. To be closed, best as a context: threads that
    are at work end their item, and nothing new begins.

    Args:
        items: asked for one after the other, in the caller's thread.
        threads: how many compute.
        most: how many items may be begun and not yet taken.
    """

    def __init__(
        self, items: Iterable[T], do: Callable[[T], R], *, threads: int, most: int
    ) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._futures = (self._pool.submit(do, item) for item in items)
        self._most = most
        self._begun: deque[Future[R]] = deque()

    def __next__(self) -> R:
        self._begin()
        if not self._begun:
            raise StopIteration
        return self._begun.popleft().result()

    def is_ready(self) -> bool:
        """Whether the next result is there, so that taking it need not wait."""
        self._begin()
        return bool(self._begun) and self._begun[0].done()

    def __enter__(self) -> "Ahead[R]":
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _begin(self) -> None:
        self._begun.extend(islice(self._futures, self._most - len(self._begun)))


@contextmanager
def ahead(
    items: Iterable[T], do: Callable[[T], R], *, threads: int, most: int
) -> Iterator[Iterator[R]]:
    """The results of `do` for each item, computed ahead as by `Ahead`; without threads, in turn."""
    if not threads:
        yield map(do, items)
        return
    with Ahead(items, do, threads=threads, most=most) as results:
        yield results


def batches(results: Iterable[R], weight: Callable[[R], int], most: int) -> Iterator[list[R]]:
    """The results in lists that weigh at most `most` together; a heavier one comes alone.

    Of results computed ahead, a list holds those that are ready: while the caller is busy, more
    become ready, so the lists grow with the queue. Of others, each list is filled up.
    """
    is_ready = results.is_ready if isinstance(results, Ahead) else lambda: True
    batch: list[R] = []
    weighs = 0
    for result in results:
        if batch and weighs + weight(result) > most:
            yield batch
            batch, weighs = [], 0
        batch.append(result)
        weighs += weight(result)
        if not is_ready():
            yield batch
            batch, weighs = [], 0
    if batch:
        yield batch
