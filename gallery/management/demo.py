"""A gallery of made-up faces, as many as wanted, with probabilities like a network's.

The attributes are correlated as in CelebA, because they depend on a few hidden factors (man, age,
joy, dark hair), and each is about as frequent as there. `demo_pictures` draws the files.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection, models, transaction
from django.utils import timezone

from gallery.models import Face, Gallery, Photo
from ml.attributes import FIELDS
from ml.models import ModelVersion

CHUNK = 20_000  # photos written at a time
WIDTH, HEIGHT = 320, 240  # pixels of a photo
FACES = (0.90, 0.07, 0.02, 0.01)  # the fractions of photos with one to four faces
WHOLE = 0.02  # the fraction of photos with one row in which no face was found
SURE = 3.0  # how certain the made-up network is: the slope of its sigmoid
BETWEEN = timedelta(minutes=1)  # from one upload to the next
UNDATED = 0.1  # the fraction of photos whose files did not say when they were taken
YEARS = 10  # before its upload that a photo was taken at most

# For each attribute: the fraction of yes in CelebA, and how strongly it depends on the hidden
# factors man, age, joy and dark hair.
TRAITS = {
    "5_o_Clock_Shadow": (0.111, 0.7, 0.0, 0.0, 0.2),
    "Arched_Eyebrows": (0.267, -0.6, 0.0, 0.1, 0.0),
    "Attractive": (0.513, -0.5, -0.5, 0.1, 0.0),
    "Bags_Under_Eyes": (0.205, 0.3, 0.4, 0.1, 0.0),
    "Bald": (0.022, 0.6, 0.6, 0.0, 0.0),
    "Bangs": (0.152, -0.3, -0.1, 0.0, 0.0),
    "Big_Lips": (0.241, -0.2, 0.0, 0.0, 0.1),
    "Big_Nose": (0.235, 0.5, 0.4, 0.1, 0.1),
    "Black_Hair": (0.239, 0.1, -0.2, 0.0, 0.8),
    "Blond_Hair": (0.148, -0.4, 0.0, 0.1, -0.8),
    "Blurry": (0.051, 0.0, 0.0, -0.1, 0.0),
    "Brown_Hair": (0.205, -0.1, -0.1, 0.0, -0.2),
    "Bushy_Eyebrows": (0.142, 0.5, -0.1, -0.1, 0.3),
    "Chubby": (0.058, 0.5, 0.5, 0.2, 0.0),
    "Double_Chin": (0.047, 0.4, 0.7, 0.2, 0.0),
    "Eyeglasses": (0.065, 0.3, 0.5, 0.0, 0.0),
    "Goatee": (0.063, 0.7, 0.0, 0.0, 0.1),
    "Gray_Hair": (0.042, 0.4, 0.8, 0.1, -0.2),
    "Heavy_Makeup": (0.387, -0.8, -0.2, 0.1, 0.0),
    "High_Cheekbones": (0.455, -0.3, 0.0, 0.8, 0.0),
    "Male": (0.417, 0.95, 0.1, 0.0, 0.0),
    "Mouth_Slightly_Open": (0.483, -0.1, 0.0, 0.7, 0.0),
    "Mustache": (0.042, 0.7, 0.3, 0.0, 0.1),
    "Narrow_Eyes": (0.115, 0.0, 0.1, 0.3, 0.0),
    "No_Beard": (0.835, -0.8, 0.0, 0.0, -0.1),
    "Oval_Face": (0.284, -0.2, 0.0, 0.4, 0.0),
    "Pale_Skin": (0.043, -0.2, 0.0, -0.1, -0.2),
    "Pointy_Nose": (0.277, -0.3, -0.1, 0.1, -0.1),
    "Receding_Hairline": (0.080, 0.3, 0.6, 0.1, 0.0),
    "Rosy_Cheeks": (0.066, -0.5, 0.0, 0.4, -0.1),
    "Sideburns": (0.057, 0.7, 0.1, 0.0, 0.1),
    "Smiling": (0.482, -0.2, 0.0, 0.9, 0.0),
    "Straight_Hair": (0.208, 0.1, -0.1, 0.0, 0.1),
    "Wavy_Hair": (0.320, -0.5, -0.2, 0.1, -0.1),
    "Wearing_Earrings": (0.189, -0.6, 0.1, 0.2, 0.0),
    "Wearing_Hat": (0.049, 0.3, 0.0, 0.0, 0.0),
    "Wearing_Lipstick": (0.472, -0.85, -0.2, 0.2, 0.0),
    "Wearing_Necklace": (0.123, -0.5, 0.0, 0.2, 0.0),
    "Wearing_Necktie": (0.073, 0.6, 0.5, 0.0, 0.0),
    "Young": (0.774, -0.3, -0.85, 0.0, 0.0),
}

Row = dict[str, Any]

ALL = {"x": 0.0, "y": 0.0, "w": 1.0, "h": 1.0}  # the whole picture


def fill_gallery(
    gallery: Gallery, faces: int, version: ModelVersion, seed: int = 0
) -> Iterator[int]:
    """Add photos with this many faces in all; yields the number so far after each chunk."""
    rng, done = np.random.default_rng(seed), 0
    start = timezone.now() - BETWEEN * faces
    while done < faces:
        counts = _face_counts(rng, faces - done)
        with transaction.atomic():
            photos = _photos(rng, counts, start)
            owned = {"gallery": gallery.pk, "model_version": version.pk}
            _write(Photo, (photo | owned for photo in photos))
            _write(Face, (face | owned for face in _faces(rng, photos)))
        start += BETWEEN * len(counts)
        done += int(counts.sum())
        yield done


def probabilities(rng: np.random.Generator, count: int) -> np.ndarray:
    """The 40 probabilities of `count` faces, (count, 40) in [0, 1], rounded as they are stored."""
    traits = np.array(list(TRAITS.values()))  # (40, 5)
    loadings = traits[:, 1:]
    own = np.maximum(1 - (loadings**2).sum(1), 0.05)
    hidden = rng.standard_normal((count, loadings.shape[1])) @ loadings.T
    hidden += np.sqrt(own) * rng.standard_normal((count, len(traits)))
    quantiles = np.array([NormalDist().inv_cdf(1 - share) for share in traits[:, 0]])
    limits = np.sqrt((loadings**2).sum(1) + own) * quantiles
    rounded: np.ndarray = np.round(1 / (1 + np.exp(-SURE * (hidden - limits))), 4)
    return rounded


def _face_counts(rng: np.random.Generator, most: int) -> np.ndarray:
    """How many faces each of the next photos has: `most` in all, or as many as fit a chunk."""
    counts = rng.choice(len(FACES), p=FACES, size=min(CHUNK, most)) + 1
    before = np.cumsum(counts) - counts
    left: np.ndarray = np.minimum(counts, most - before)[before < most]
    return left


def _photos(rng: np.random.Generator, counts: np.ndarray, start: datetime) -> list[Row]:
    """A row for each photo; without a face in it, one row of Face stands for the whole picture."""
    is_whole = (counts == 1) & (rng.random(len(counts)) < WHOLE)
    found = np.where(is_whole, 0, counts)
    return [
        {
            "id": pk,
            "uuid": uuid4(),
            "original_name": f"demo{pk}.jpg",
            "sha256": hashlib.sha256(uuid4().bytes).hexdigest(),
            "width": WIDTH,
            "height": HEIGHT,
            "bytes": 100_000,
            "priority": 0,
            "attempts": 1,
            "status": Photo.Status.READY.value,
            "failure": "",
            "face_count": face_count,
            "taken_at": taken,
            "created_at": start + place * BETWEEN,
            "analysed_at": start + (place + 1) * BETWEEN,
        }
        for place, (pk, face_count, taken) in enumerate(
            zip(_new_ids(Photo, len(counts)), found.tolist(), _taken(start, counts), strict=True)
        )
    ]


def _taken(start: datetime, counts: np.ndarray) -> Iterator[datetime | None]:
    """When each photo was taken, more of them lately than long ago."""
    rng = np.random.default_rng(len(counts))  # of its own, so that faces are as they always were
    days = np.where(
        rng.random(len(counts)) < UNDATED, np.nan, 365 * YEARS * rng.random(len(counts)) ** 2
    )
    for ago in days:
        yield (
            None
            if np.isnan(ago)
            else (start - timedelta(days=ago)).replace(tzinfo=None, microsecond=0)
        )


def _faces(rng: np.random.Generator, photos: list[Row]) -> Iterator[Row]:
    places = [
        (photo, place, max(1, photo["face_count"]))
        for photo in photos
        for place in range(max(1, photo["face_count"]))
    ]
    values = probabilities(rng, len(places)).tolist()
    scores = np.round(rng.uniform(0.7, 1, len(places)), 4).tolist()
    for (photo, place, count), score, row in zip(places, scores, values, strict=True):
        is_whole = photo["face_count"] == 0
        yield {
            "uuid": uuid4(),
            "photo": photo["id"],
            **(ALL if is_whole else _box(place, count)),
            "angle": 0.0,
            "detector": (Face.Detector.WHOLE if is_whole else Face.Detector.FINDER).value,
            "score": 0.0 if is_whole else score,
            **dict(zip(FIELDS, row, strict=True)),
        }


def _box(place: int, count: int) -> Row:
    """The square box number `place` of `count` side by side."""
    share = 0.96 / count  # of the width, for each face with its hair
    side = min(0.6 * share, 0.3)
    left = 0.02 + place * share + (share - side) / 2
    high = side * WIDTH / HEIGHT
    return {"x": round(left, 4), "y": 0.36, "w": round(side, 4), "h": round(high, 4)}


def _new_ids(model: type[models.Model], count: int) -> list[int]:
    """This many ids that no other row has or will get."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # by the sequence: other rows may be added meanwhile
            name = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(name, [table, count])
            return [pk for (pk,) in cursor.fetchall()]
    last = model._base_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
    return list(range(last + 1, last + 1 + count))


def _write(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Insert rows, which all have the same keys (names of fields), the quickest way there is."""
    rows = iter(rows)
    first = next(rows)
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in first]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column or field.name) for field in fields)
    into = f"{quote(model._meta.db_table)} ({columns})"
    values = (_stored(fields, row) for rows in ([first], rows) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            # Names of our own tables and columns; the values are parameters.
            cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", list(values))  # noqa: S608


def _stored(fields: list[Any], row: Row) -> list[Any]:
    """The row's values as the database stores them."""
    return [
        value
        if isinstance(value, int | float | str)
        else field.get_db_prep_value(value, connection)
        for field, value in zip(fields, row.values(), strict=True)
    ]
