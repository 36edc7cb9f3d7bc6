"""The run on Ray: shards to workers, and their tables back.

Ray is imported in functions: it reads its environment when it is imported, and `joined` sets that.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ml.batch.ledger import Ledger, Remote
from ml.batch.worker import ShardWorker, Work

ROOM = 100_000_000  # bytes of shared memory beside the list of files: tables on their way are small
STARTS = 3  # of workers that may die one after the other before they have loaded the model
NO_REPORTS = {"RAY_USAGE_STATS_ENABLED": "0"}  # on how Ray is used, to its makers
ONLY_HERE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # it then listens on the loopback address only
    "RAY_AUTH_MODE": "token",  # Ray's default, but said it is not warned of
}


@dataclass(frozen=True)
class Cluster:
    """How many workers there are to be, what each takes, and where.

    Args:
        workers: None for one a core.
        gpus: the share of a GPU that each takes.
        address: of a running cluster; None for one on this machine that ends with the run.
    """

    workers: int | None = None
    gpus: float = 0.0
    address: str | None = None


@contextmanager
def joined(cluster: Cluster, files: pa.Table) -> Iterator[None]:
    """Be part of the cluster, which has shared memory for the list of files.

    Raises:
        ConnectionError: none answers at the address.
    """
    os.environ.update(NO_REPORTS if cluster.address else NO_REPORTS | ONLY_HERE)
    # Of itself Ray logs much; what went wrong is raised, or logged by Ray Data.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray

    settings: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.WARNING}
    if not cluster.address:
        settings |= {
            "num_cpus": cluster.workers,
            "object_store_memory": ROOM + files.nbytes,
            "include_dashboard": False,
        }
    ray.init(address=cluster.address or "local", **settings)
    try:
        yield
    finally:
        ray.shutdown()


def done(
    work: Work, files: pa.Table, shards: Sequence[int], cluster: Cluster
) -> Iterator[dict[str, Any]]:
    """The rows of `ml.batch.worker.DONE`, in the order in which the shards are done.

    A shard whose worker dies is done again by another. One is left out if the model fails; the log
    says why.
    """
    import ray
    from ray.data import ActorPoolStrategy

    _set_up()
    workers = cluster.workers or int(ray.cluster_resources()["CPU"])  # type: ignore[no-untyped-call]
    ledger: Any = ray.remote(num_cpus=0)(Ledger).remote()
    numbers = ray.data.from_items(
        [{"shard": number} for number in shards], override_num_blocks=len(shards)
    )
    dataset = numbers.map_batches(
        ShardWorker,
        fn_constructor_args=(work, ray.put(files), Remote(ledger)),
        batch_size=1,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(size=min(workers, len(shards)), max_tasks_in_flight_per_actor=1),
        num_cpus=1,
        num_gpus=cluster.gpus or None,
    )
    for table in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
        yield from pa.table(table).to_pylist()


def _set_up() -> None:
    from ray.data import DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_errored_blocks = -1  # the other shards go on
    context.max_consecutive_actor_init_deaths = STARTS
    context.execution_no_progress_timeout_s = -1  # a large shard takes as long as it takes
    logging.getLogger("ray.data").setLevel(logging.ERROR)
