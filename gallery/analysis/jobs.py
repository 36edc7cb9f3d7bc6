"""The doorbell: Redis only tells the worker to look for queued photos in the database."""

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

import django_rq
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

from gallery.analysis.claims import hand_back_interrupted
from gallery.analysis.rerun_ends import tell_of_ends
from gallery.analysis.turns import queue_again
from gallery.models import Photo
from gallery.models.photo import PhotoQuerySet

if TYPE_CHECKING:
    from gallery.analysis.analyse import Analyst

logger = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds that an upload waits for Redis
DAY = 86_400


def ring() -> None:
    """Call the worker. Best effort: without Redis, the photos wait for the next sweep."""
    try:
        queue = _queue(settings.REDIS_URL)
        # One ring in the queue is enough: it will find photos that were added after it, too.
        if queue.count == 0:
            queue.enqueue(
                analyse_queued,
                job_timeout=settings.LEASE_SECONDS,
                result_ttl=0,
                failure_ttl=DAY,
            )
    except RedisError as error:
        logger.warning("Redis cannot be reached; queued photos wait for it: %s", error)


def analyse_queued() -> None:
    """Analyze one batch of queued photos, and ring again if more wait."""
    if analyst().analyse_batch() and Photo.objects.queued().exists():
        ring()


@cache
def analyst() -> "Analyst":
    """The process's one analyst."""
    # Imported here: the web process rings too, and must not load what runs the networks.
    from gallery.analysis.analyse import Analyst
    from gallery.analysis.model import ActiveModel
    from ml.faces.detectors import load_detector

    return Analyst(ActiveModel(), load_detector(settings.YUNET_MODEL))


@transaction.atomic
def retry_photos(photos: PhotoQuerySet) -> int:
    """Queue the failed ones among the photos again, with all attempts. Returns how many."""
    photos.failed().lock()
    count = queue_again(photos.failed())
    if count:
        transaction.on_commit(ring, robust=True)
    return count


@transaction.atomic
def analyse_again(photos: PhotoQuerySet) -> int:
    """Queue those of the photos whose analysis has ended, like uploads. Returns how many."""
    keys = photos.ended().lock()
    count = queue_again(Photo.objects.filter(pk__in=keys), priority=Photo.Priority.UPLOAD)
    if count:
        transaction.on_commit(ring, robust=True)
    return count


def sweep() -> int:
    """Hand back the photos of dead workers, and ring if any wait. Returns how many came back.

    Cheap if nothing was lost: the worker does it every few seconds.
    """
    count = hand_back_interrupted()
    if count:
        logger.warning("%d photos were handed back: their worker died", count)
    if Photo.objects.queued().exists():
        ring()
    tell_of_ends()
    return count


def check_queue() -> None:
    """Raise RedisError unless Redis answers within PATIENCE."""
    _queue(settings.REDIS_URL).connection.ping()


def queue_facts() -> dict[str, str]:
    """What the Redis server says about itself; RedisError if it does not answer."""
    facts: dict[str, Any] = _queue(settings.REDIS_URL).connection.info()
    return {name: str(value) for name, value in facts.items()}


@cache
def _queue(url: str) -> Queue:
    """The queue, over a connection that gives up soon.

    django-rq's own connection ignores the timeouts in the settings if a URL is given, and redis-py
    retries for seconds. Callers ring after the commit, so the queue need not wait for one.
    """
    connection = Redis.from_url(
        url,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    return django_rq.get_queue("default", connection=connection, commit_mode="auto")
