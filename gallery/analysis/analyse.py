"""The worker's side of a photo's way: claim a batch, analyse it, write it under its lease.

The row is the truth. A claim gives each of its photos one lease; whatever is written later is
written to rows that still hold that lease. So a worker that was paused, or whose photo was deleted
or given to another, writes nothing.

torch and OpenCV are imported where they are used: the web process imports this module too.
"""

import logging
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from PIL import Image
from rq.timeouts import JobTimeoutException

from gallery.analysis.outcomes import (
    Known,
    Look,
    Outcome,
    Scored,
    count_faces,
    read_known,
    settle,
    store,
)
from gallery.models import Photo
from gallery.models.photo import MAX_ATTEMPTS, PhotoQuerySet
from ml.attributes import FIELDS
from ml.models import ModelVersion

if TYPE_CHECKING:
    from ml.engine import Engine

logger = logging.getLogger(__name__)

ENOUGH = (2048, 2048)  # pixels: the faces of larger pictures are sharp enough at that

INTERRUPTED = "The analysis was interrupted three times."
MISSING = "The stored picture is missing."
DAMAGED = "The stored picture is damaged."
TOO_LONG = "The analysis took too long."
NO_PROBABILITIES = "The model's answer was not 40 probabilities for each face."

_held: set[uuid.UUID] = set()  # the leases that this process works on
_loaded: tuple[int, datetime | None] | None = None  # the version, as activated, of the engine
_problem = ""  # why no model can be used, as it was last logged


class AnalysisError(Exception):
    """Why something cannot be analysed, in words for the photo's owner."""


# --- Claims ------------------------------------------------------------------------------------


@transaction.atomic
def claim() -> tuple[uuid.UUID, list[Photo]]:
    """Lease up to BATCH_SIZE of the photos that wait, uploads before re-runs.

    A photo that was tried before comes alone: one that kills the worker takes no others along.
    """
    lease = uuid.uuid4()
    # SQLite knows no row locks (Django leaves the clause out): there the guard in the UPDATE, and
    # transactions that begin IMMEDIATE, keep two workers apart.
    waiting = list(
        Photo.objects.queued()
        .order_by("priority", "id")
        .select_for_update(skip_locked=True)
        .values_list("pk", "attempts")[: settings.BATCH_SIZE]
    )
    if waiting and waiting[0][1] > 0:
        wanted = [waiting[0][0]]
    else:
        wanted = [pk for pk, attempts in waiting if attempts == 0]
    Photo.objects.queued().filter(pk__in=wanted).update(
        status=Photo.Status.ANALYSING,
        lease=lease,
        lease_until=timezone.now() + timedelta(seconds=settings.LEASE_SECONDS),
        attempts=F("attempts") + 1,
    )
    return lease, list(_under(lease).filter(pk__in=wanted).order_by("priority", "id"))


def _under(lease: uuid.UUID) -> PhotoQuerySet:
    return Photo.objects.filter(status=Photo.Status.ANALYSING, lease=lease)


def _hand_back(photos: PhotoQuerySet, reason: str) -> int:
    """Queue leased photos again; those that were tried often enough fail, for that reason."""
    failed = photos.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=Photo.Status.FAILED, failure=reason[:300], lease=None, lease_until=None
    )
    return failed + photos.update(status=Photo.Status.QUEUED, lease=None, lease_until=None)


def _hand_back_untried(photos: PhotoQuerySet) -> None:
    """Queue leased photos again as if they had not been claimed."""
    photos.update(
        status=Photo.Status.QUEUED, lease=None, lease_until=None, attempts=F("attempts") - 1
    )


def hand_back_held() -> None:
    """Queue again what this process works on: it ends before it is done, by no fault of theirs."""
    for lease in tuple(_held):
        _hand_back_untried(_under(lease))


def hand_back_interrupted() -> int:
    """Queue again the photos whose lease ran out: their worker died. Returns how many."""
    now = timezone.now()
    # A lease far in the future was given before the clock was put back.
    over = Q(lease_until__lt=now) | Q(
        lease_until__gt=now + timedelta(seconds=2 * settings.LEASE_SECONDS)
    )
    interrupted = Photo.objects.filter(over, status=Photo.Status.ANALYSING)
    return _hand_back(interrupted, INTERRUPTED) if interrupted.exists() else 0


# --- The model ---------------------------------------------------------------------------------


def load_model() -> "tuple[ModelVersion, Engine] | None":
    """The active version and its engine, which is loaded once; None, and why in the log, if none.

    Photos wait meanwhile. The reason is logged when it changes, not each time.
    """
    global _problem
    from ml.networks.checkpoint import CheckpointError

    try:
        version = ModelVersion.objects.active()
        if version is None:
            raise CheckpointError("no model is active; run `manage.py activate_model FOLDER`")
        engine = _engine_of(version)
    except (CheckpointError, OSError) as error:
        if _problem != str(error):
            logger.error("photos wait, for the model cannot be used: %s", error)
        _problem = str(error)
        return None
    _problem = ""
    return version, engine


def _engine_of(version: ModelVersion) -> "Engine":
    from ml.engine import forget_engine, get_engine
    from ml.networks.checkpoint import CheckpointError, read_config

    global _loaded
    folder = Path(version.folder)
    if _loaded != (version.pk, version.activated_at):
        forget_engine()  # activated since: the same weights may be calibrated otherwise now
    engine = get_engine(folder)
    _loaded = (version.pk, version.activated_at)
    if engine.sha256 != version.sha256 == read_config(folder)["sha256"]:
        forget_engine()  # the folder was written and activated anew since it was loaded
        engine = get_engine(folder)
    if engine.sha256 != version.sha256:
        raise CheckpointError(f"{folder} no longer holds {version}; activate a model again")
    return engine


# --- Analysis ----------------------------------------------------------------------------------


def analyse_batch() -> int:
    """Claim a batch and analyse it. Returns how many photos were tried.

    A failure of the whole batch hands its photos back, counts as an attempt and is raised again.
    """
    model = load_model() if Photo.objects.queued().exists() else None
    if model is None:
        return 0
    lease, photos = claim()
    _held.add(lease)
    try:
        _analyse(photos, lease, *model)
    except Exception as error:
        _hand_back(_under(lease), _reason(error))
        raise
    except BaseException:  # told to stop: not the photos' fault
        _hand_back_untried(_under(lease))
        raise
    finally:
        _held.discard(lease)
    return len(photos)


def _reason(error: Exception) -> str:
    if isinstance(error, AnalysisError):
        return str(error)
    if isinstance(error, JobTimeoutException):
        return TOO_LONG
    return f"The analysis failed ({type(error).__name__})."


def _analyse(
    photos: list[Photo], lease: uuid.UUID, version: ModelVersion, engine: "Engine"
) -> None:
    known = read_known(photo.pk for photo in photos)
    looks: dict[int, Look] = {}
    halfway = time.monotonic() + settings.LEASE_SECONDS / 2
    for number, photo in enumerate(photos):
        if number and time.monotonic() > halfway:  # a slow machine: rather fewer than too late
            rest = [late.pk for late in photos[number:]]
            _hand_back_untried(_under(lease).filter(pk__in=rest))
            break
        try:
            looks[photo.pk] = look(photo, known[photo.pk])
        except AnalysisError as error:
            logger.warning("photo %s: %s", photo.uuid, error)
            _hand_back(_under(lease).filter(pk=photo.pk), str(error))
    if looks:
        _write(score(looks, engine), lease, version)


def look(photo: Photo, known: Known) -> Look:
    """Find the faces of a photo, and cut out all that it is to have.

    Raises:
        AnalysisError: its picture cannot be read.
    """
    from ml.faces.detectors import crop_face, find_faces, load_detector

    image = _picture(photo)
    found = find_faces(image, load_detector(settings.YUNET_MODEL))
    return Look(found, {box: crop_face(image, box) for box, _ in settle(found, known)})


def score(looks: dict[int, Look], engine: "Engine") -> dict[int, Scored]:
    """Ask the engine once for the faces of all the photos, which are told apart by their key.

    Raises:
        AnalysisError: its answer is not 40 probabilities for each face.
    """
    crops = [crop for one in looks.values() for crop in one.crops.values()]
    rows = iter(_probabilities(engine, crops) if crops else ())
    return {
        pk: Scored(one.found, {box: next(rows) for box in one.crops}) for pk, one in looks.items()
    }


def _picture(photo: Photo) -> Image.Image:
    try:
        with default_storage.open(photo.file_name()) as file:
            image = Image.open(file)
            image.draft("RGB", ENOUGH)  # a larger JPEG is decoded at half its size or less
            return image.convert("RGB")
    except FileNotFoundError:
        raise AnalysisError(MISSING) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise AnalysisError(DAMAGED) from error


def _probabilities(engine: "Engine", crops: list[Image.Image]) -> list[list[float]]:
    """The 40 probabilities of each crop, with the four decimals that are stored."""
    from ml.engine import EngineError

    try:
        answer = np.asarray(engine.predict(crops), dtype=float)  # (N, 40)
    except EngineError as error:
        raise AnalysisError(NO_PROBABILITIES) from error
    # A comparison with NaN is false, so NaN is refused too.
    if answer.shape != (len(crops), len(FIELDS)) or not ((answer >= 0) & (answer <= 1)).all():
        raise AnalysisError(NO_PROBABILITIES)
    probabilities: list[list[float]] = answer.round(4).tolist()
    return probabilities


@transaction.atomic
def _write(scored: dict[int, Scored], lease: uuid.UUID, version: ModelVersion) -> None:
    """Store all faces of the photos that still hold the lease; nothing of the others."""
    photos = _under(lease).filter(pk__in=scored).locked()
    if len(photos) < len(scored):
        logger.warning("%d late results were discarded", len(scored) - len(photos))
    # Read again under the lock: people may have answered since, and nothing of it may be lost.
    known = read_known(photo.pk for photo in photos)
    outcomes = [Outcome(photo, known[photo.pk], scored[photo.pk]) for photo in photos]
    unscored = [outcome.photo.pk for outcome in outcomes if not outcome.is_scored()]
    if unscored:  # a face is to stay now that was to go: it needs another look
        _hand_back_untried(_under(lease).filter(pk__in=unscored))
    outcomes = [outcome for outcome in outcomes if outcome.is_scored()]
    store(outcomes, version)
    _under(lease).filter(pk__in=[outcome.photo.pk for outcome in outcomes]).update(
        status=Photo.Status.READY,
        failure="",
        lease=None,
        lease_until=None,
        analysed_at=timezone.now(),
        model_version=version,
        face_count=count_faces(),
    )
