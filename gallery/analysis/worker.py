"""The worker: one process that does not fork, so that the model stays loaded."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections, transaction
from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.utils import now
from rq.worker import SimpleWorker

from celebattr import __version__
from gallery.analysis import jobs
from gallery.analysis.jobs import DAY
from gallery.figures import tally
from gallery.library import sweep
from gallery.models import Sign, Total
from gallery.models.sign import WORKER
from gallery.storage import StorageError
from gallery.webhooks import sender

logger = logging.getLogger(__name__)

RING = f"{jobs.analyse_queued.__module__}.{jobs.analyse_queued.__name__}"
STOP_SECONDS = 20  # after SIGTERM; then the photos of an unfinished batch are handed back


class Worker(SimpleWorker):
    """rq's worker in one process; a sweeper, a guard and senders are threads beside it."""

    max_connection_wait_time = 5.0  # seconds between attempts to reach Redis
    log_result_lifespan = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["serializer"] = JSONSerializer  # never pickle, whatever the command line says
        self.busy_since: float | None = None
        if kwargs.get("prepare_for_work", True):
            _wait_for_redis(kwargs["connection"])
        super().__init__(*args, **kwargs)

    def work(self, *args: Any, **kwargs: Any) -> bool:
        jobs.analyst().model.load()  # now, so that the first photo need not wait for it
        self.start_threads()
        kwargs["max_jobs"] = kwargs.get("max_jobs") or settings.WORKER_JOBS
        return super().work(*args, **kwargs)

    def execute_job(self, job: Job, queue: Queue) -> None:
        if not _is_ours(job):
            logger.error("job %s is not one of the site's: it is deleted, not run", job.id)
            job.delete()
            return
        close_old_connections()
        self.busy_since = time.monotonic()
        try:
            super().execute_job(job, queue)
        except RedisError:  # from rq's bookkeeping: the analysis itself needs no Redis
            self.executions.clear()
        finally:
            self.busy_since = None
            close_old_connections()
        # Without Redis, rq's loop would end here: it waits for Redis only elsewhere.
        _wait_for_redis(self.connection, unless=lambda: self._stop_requested)

    # What else rq notes in Redis between two jobs: without Redis, that too would end its loop.

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        with suppress(RedisError):
            super().heartbeat(*args, **kwargs)

    def set_state(self, *args: Any, **kwargs: Any) -> None:
        with suppress(RedisError):
            super().set_state(*args, **kwargs)

    def check_for_suspension(self, *args: Any) -> None:
        with suppress(RedisError):
            super().check_for_suspension(*args)

    def run_maintenance_tasks(self) -> None:
        parent: Any = super()  # rq does not annotate this method
        with suppress(RedisError):
            parent.run_maintenance_tasks()

    def set_shutdown_requested_date(self) -> None:
        # The signal handler calls this in the middle of a batch, which needs no Redis.
        parent: Any = super()  # rq does not annotate this method
        with suppress(RedisError):
            parent.set_shutdown_requested_date()

    def start_threads(self) -> None:
        """Start the sweeper, the guard and the senders, which end with the process."""
        for target in (sweep_forever, self.guard):
            threading.Thread(target=target, daemon=True).start()
        sender.start()

    def guard(self) -> None:
        """End the process if the main thread cannot: it hangs in C, or does not stop in time."""
        while True:
            time.sleep(1)
            since, asked = self.busy_since, self._shutdown_requested_date
            if since and time.monotonic() - since > 2 * settings.LEASE_SECONDS:
                logger.critical("a batch hangs; the worker ends and its photos are tried again")
                os._exit(1)
            if since and asked and (now() - asked).total_seconds() > STOP_SECONDS:
                logger.warning("the batch takes too long to stop; its photos are handed back")
                jobs.analyst().hand_back()
                os._exit(0)


def _is_ours(job: Job) -> bool:
    """Whether it is a ring, and nothing that someone else with access to Redis wrote there."""
    calls = (job._success_callback_name, job._failure_callback_name, job._stopped_callback_name)
    try:
        return job.func_name == RING and not job.instance and not any(calls)
    except DeserializationError:
        return False


def _wait_for_redis(connection: Redis, unless: Callable[[], bool] = lambda: False) -> None:
    warned = False
    while not unless():
        try:
            connection.ping()
            return
        except RedisError as error:
            if not warned:
                logger.warning("waiting for Redis: %s", error)
            warned = True
            time.sleep(1)


def sweep_forever() -> None:
    """Sweep every few seconds; at the start and once a day, also delete what nobody needs."""
    due = 0.0
    while True:
        try:
            leave_sign()
            jobs.sweep()
            if time.monotonic() >= due:
                sweep.clear_away()
                due = time.monotonic() + DAY
        except StorageError as error:
            logger.warning("files without a photo are looked for later: %s", error)
        except Exception:  # the thread must survive any failure of the database or the disk
            logger.exception("the sweep failed; it is tried again")
        finally:
            connections.close_all()
        time.sleep(settings.SWEEP_SECONDS)


def leave_sign() -> None:
    """Show that this worker is alive, and what it has done since the last time."""
    done = tally.take()
    try:
        with transaction.atomic():
            Total.objects.add(done)
            name = f"{socket.gethostname()}:{os.getpid()}"
            Sign.objects.leave(WORKER, name, version=__version__)
    except DatabaseError:
        tally.put_back(done)
        raise
