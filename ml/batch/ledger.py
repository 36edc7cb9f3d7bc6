"""Which shards were begun, and at which file a worker died: no file may end the run of all."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ray.actor import ActorHandle

DEATHS = 2  # of workers at the same file; one may have been ended from outside


class Ledger:
    """What has become of the shards, kept apart from the workers that may die."""

    def __init__(self) -> None:
        self._begun: Counter[int] = Counter()
        self._looking: dict[int, bytes] = {}
        self._deaths: Counter[bytes] = Counter()

    def begin(self, shard: int) -> bool:
        """Whether the shard was begun before, so that its worker is to `ask` before each file."""
        if shard in self._looking:
            self._deaths[self._looking.pop(shard)] += 1
        self._begun[shard] += 1
        return self._begun[shard] > 1

    def ask(self, shard: int, path: bytes) -> bool:
        """Whether to look at a file of the shard: not if workers died of it."""
        self._looking[shard] = path
        return self._deaths[path] < DEATHS


class Asked(Protocol):
    """A ledger as a worker sees it."""

    def begin(self, shard: int) -> bool: ...
    def ask(self, shard: int, path: bytes) -> bool: ...


class Remote:
    """A ledger that is an actor of Ray."""

    def __init__(self, actor: "ActorHandle[Ledger]") -> None:
        self.actor = actor

    def begin(self, shard: int) -> bool:
        return bool(_answer(self.actor.begin.remote(shard)))

    def ask(self, shard: int, path: bytes) -> bool:
        return bool(_answer(self.actor.ask.remote(shard, path)))


def _answer(reference: Any) -> Any:
    import ray

    return ray.get(reference)
