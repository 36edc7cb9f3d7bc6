"""Analysis: claim a batch of photos, find their faces, score them, write them under the lease.

Only the worker's process imports this module: it loads the networks, and whatever runs them.
"""

import logging
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from PIL import Image
from rq.timeouts import JobTimeoutException

from gallery import storage, trace
from gallery.analysis.claims import Claim, claim, hand_back, hand_back_untried
from gallery.analysis.model import ActiveModel, Loaded
from gallery.analysis.outcomes import (
    Known,
    Outcome,
    Scored,
    count_faces,
    read_known,
    settle,
    store,
)
from gallery.fields import DECIMALS
from gallery.figures import PHOTOS, Stopwatch, tally
from gallery.models import Photo, failures
from gallery.models.photo import PhotoQuerySet
from gallery.models.picture import PictureError
from gallery.storage import StorageError
from gallery.variants import write_variants
from gallery.webhooks import events
from ml.engine import Engine, EngineError, score
from ml.faces.boxes import FaceBox, Sighting
from ml.faces.detectors import Detector, find_and_crop
from ml.hardware.sessions import cores
from ml.models import ModelVersion
from ml.pipeline import ahead

logger = logging.getLogger(__name__)

FACES_AT_ONCE = 256  # that a GPU takes; a photo has one face or more
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds, while pictures cannot be fetched

TOO_LONG = gettext_noop("The analysis took too long.")
NO_PROBABILITIES = gettext_noop("The model's answer was not 40 probabilities for each face.")


class Analyst:
    """Analyzes photos, with a model and a detector.

    A process has one, `gallery.analysis.jobs.analyst`, and uses it in one thread; only `hand_back`
    may be called from another.
    """

    def __init__(self, model: ActiveModel, detector: Detector) -> None:
        self.model = model
        self.detector = detector
        self._claim: Claim | None = None  # the batch that is being analyzed
        self._pause = 0.0  # seconds; doubled each time that pictures cannot be fetched
        self._resumes = 0.0  # on the monotonic clock

    def analyse_batch(self) -> int:
        """Claim a batch and analyze it. Returns how many photos were tried.

        After pictures could not be fetched, it claims nothing for a while: all would fail alike. If
        the whole batch fails, its photos are handed back, and the error is raised again.
        """
        if time.monotonic() < self._resumes:
            return 0
        # Ask for the model first: without one, no photo should use up an attempt.
        loaded = self.model.load() if Photo.objects.queued().exists() else None
        if loaded is None:
            return 0
        batch = self._claim = claim(most_photos(loaded.engine))
        try:
            self._analyse(batch, loaded)
        except Exception as error:
            _connect_anew()
            hand_back(batch.rows(), _reason(error))
            raise
        except BaseException:  # told to stop, which is not the photos' fault
            _connect_anew()
            hand_back_untried(batch.rows())
            raise
        finally:
            self._claim = None
        return len(batch.photos)

    def hand_back(self) -> None:
        """Queue the current batch again, uncounted: the process ends before it is done."""
        if batch := self._claim:
            hand_back_untried(batch.rows())

    def find_faces(self, picture: Image.Image, known: Known) -> Sighting:
        """Find the faces of a photo's picture, and cut out all that the photo is to have."""

        watch = Stopwatch()

        def choose(found: list[FaceBox]) -> list[FaceBox]:
            watch.lap("find")
            return [box for box, _ in settle(found, known)]

        sighting = find_and_crop(picture, self.detector, choose)
        watch.lap("crop")
        return sighting

    def _look(self, photo: Photo, known: Known) -> Sighting:
        """Find the faces of a photo, and store its smaller pictures: it is decoded here anyway."""
        with trace.following(photo.request_id):
            watch = Stopwatch()
            picture = photo.open_picture()
            watch.lap("decode")
            sighting = self.find_faces(picture, known)
            watch = Stopwatch()
            write_variants(photo, picture, sighting.crops)
            watch.lap("smaller pictures")
        return sighting

    def _analyse(self, batch: Claim, loaded: Loaded) -> None:
        known = read_known(photo.pk for photo in batch.photos)
        sightings: dict[int, Sighting] = {}
        with ahead(
            batch.photos,
            lambda photo: self._look(photo, known[photo.pk]),
            threads=threads_ahead(loaded.engine),
            most=FACES_AT_ONCE,
        ) as looks:
            self._collect(batch, looks, sightings)
        if sightings:
            watch = Stopwatch()
            scored = score_photos(sightings, loaded.engine)
            watch.lap("predict")
            _write(scored, batch, loaded.version)
            watch.lap("write")

    def _collect(
        self, batch: Claim, looks: Iterator[Sighting], sightings: dict[int, Sighting]
    ) -> None:
        """Take what was seen in each photo of a batch; hand back those without a picture."""
        halfway = time.monotonic() + settings.LEASE_SECONDS / 2
        for number, photo in enumerate(batch.photos):
            # On a slow machine, hand some photos back rather than lose the lease of them all.
            if number and time.monotonic() > halfway:
                hand_back_untried(batch.rows_of(late.pk for late in batch.photos[number:]))
                break
            try:
                sightings[photo.pk] = next(looks)
            except PictureError as error:
                with trace.following(photo.request_id):
                    logger.warning("photo %s: %s", photo.uuid, error)
                hand_back(batch.rows_of([photo.pk]), str(error))
            except StorageError as error:
                # Each further photo might take as long to fail, and the lease is short.
                hand_back_untried(batch.rows_of(later.pk for later in batch.photos[number + 1 :]))
                self._put_off(batch.rows_of([photo.pk]), str(error))
                break
        else:
            self._pause = 0.0

    def _put_off(self, photo: PhotoQuerySet, reason: str) -> None:
        """Hand back a photo that cannot be fetched; uncounted, before a pause, if none can."""
        try:
            storage.check()
            hand_back(photo, reason)
        except StorageError:
            hand_back_untried(photo)
            self._pause = min(2 * self._pause or FIRST_PAUSE, LONGEST_PAUSE)
            self._resumes = time.monotonic() + self._pause
            logger.warning("photos wait %.0f seconds for the storage", self._pause)


def threads_ahead(engine: Engine) -> int:
    """How many threads find faces while a GPU waits; none where the CPU does all, and is busy."""
    return max(1, cores() - 1) if engine.on_gpu else 0


def most_photos(engine: Engine) -> int:
    """How many photos to claim at once: for a GPU as many as wait, up to what it takes at once."""
    return max(settings.BATCH_SIZE, FACES_AT_ONCE) if engine.on_gpu else settings.BATCH_SIZE


def score_photos(sightings: dict[int, Sighting], engine: Engine) -> dict[int, Scored]:
    """Ask the engine once for the faces of all the photos, given and returned by their keys.

    Raises:
        EngineError: its answer is not 40 probabilities for each face.
    """
    scores = score(list(sightings.values()), engine)
    return {
        pk: Scored(
            found=sighting.found,
            probabilities={
                box: row.astype(float).round(DECIMALS).tolist() for box, row in rows.items()
            },
        )
        for (pk, sighting), rows in zip(sightings.items(), scores, strict=True)
    }


def _reason(error: Exception) -> str:
    if isinstance(error, EngineError):
        return NO_PROBABILITIES
    if isinstance(error, JobTimeoutException):
        return TOO_LONG
    return failures.unexpected(error)


def _connect_anew() -> None:
    """Close a connection that may be in a transaction of which Django knows nothing.

    rq ends a batch that takes too long by an exception. It can come at any line, also at the one
    behind BEGIN.
    """
    if not connection.in_atomic_block:  # as in tests
        connection.close()


@transaction.atomic
def _write(scored: dict[int, Scored], batch: Claim, version: ModelVersion) -> None:
    """Store all faces of the photos that still hold the lease, and nothing of the others."""
    photos = batch.rows_of(scored).locked()
    if len(photos) < len(scored):
        logger.warning("%d late results were discarded", len(scored) - len(photos))
    # Read again under the lock: people may have answered since, and no answer may be lost.
    known = read_known(photo.pk for photo in photos)
    outcomes = [Outcome(photo, known[photo.pk], scored[photo.pk]) for photo in photos]
    unscored = [outcome.photo.pk for outcome in outcomes if not outcome.is_scored()]
    if unscored:
        # An answer given meanwhile keeps a face that was to go, so the photo needs another look.
        hand_back_untried(batch.rows_of(unscored))
    outcomes = [outcome for outcome in outcomes if outcome.is_scored()]
    store(outcomes, version)
    ready = batch.rows_of(outcome.photo.pk for outcome in outcomes).update(
        status=Photo.Status.READY,
        failure="",
        lease=None,
        lease_until=None,
        analysed_at=timezone.now(),
        model_version=version,
        face_count=count_faces(),
    )
    tally.add(PHOTOS, "ready", ready)
    done = (outcome.photo for outcome in outcomes)
    # A re-run sends one message, when it ends (`gallery.analysis.rerun_ends`).
    events.photos_ready([one for one in done if one.priority == Photo.Priority.UPLOAD])
    transaction.on_commit(lambda: _log(outcomes))


def _log(outcomes: list[Outcome]) -> None:
    """A line for each photo, with the id of the request that uploaded it."""
    for outcome in outcomes:
        with trace.following(outcome.photo.request_id):
            logger.info("photo %s: analyzed", outcome.photo.uuid)
