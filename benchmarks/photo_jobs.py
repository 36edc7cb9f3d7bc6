"""Two ways to analyze what was uploaded: batches, as the site does, and one job for each photo.

Both take their jobs as JSON from the same real queue. Both decode, find faces, store smaller
pictures and score with the same code and the same loaded networks, and run in this process. What
differs is what a job is: the site's claims a batch, asks the model once, and writes one row for
each face in one transaction; the rival's reads one photo, asks the model about it, and writes 40
rows for each face, in a transaction of its own.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from redis import Redis

from benchmarks import attribute_rows, store
from gallery import storage
from gallery.analysis.analyse import Analyst
from gallery.analysis.model import ActiveModel
from gallery.models import Face, Gallery, Photo
from gallery.uploads.gate import clean_image
from gallery.variants import write_variants
from ml.engine import score
from ml.faces.detectors import find_and_crop, load_detector

QUEUE = "benchmark"


def add_photos(gallery: Gallery, pictures: Sequence[bytes], count: int) -> None:
    """Store photos as an upload does; with more photos than pictures, pictures come again."""
    cleaned = [clean_image(ContentFile(picture)) for picture in pictures[:count]]
    for number in range(count):
        image = cleaned[number % len(cleaned)]
        content = image.content
        photo = Photo.objects.create(
            gallery=gallery,
            original_name=f"{number}.jpg",
            sha256=f"{number:064x}",
            width=image.width,
            height=image.height,
            bytes=len(content),
        )
        storage.save(photo.file_name(), content)


class Shop:
    """A worker with a queue, which has photos to analyze in either way."""

    def __init__(self, gallery: Gallery, queue: Redis) -> None:
        self.photos = Photo.objects.in_gallery(gallery)
        self.queue = queue
        self.model, self.detector = ActiveModel(), load_detector(settings.YUNET_MODEL)
        self.analyst = Analyst(self.model, self.detector)

    def photos_a_second(self, way: Callable[[], None]) -> float:
        """How quick a way is, from the first job in the queue to the last photo that is ready."""
        self._forget()
        started = time.perf_counter()
        way()
        took = time.perf_counter() - started
        if waiting := self.photos.exclude(status=Photo.Status.READY).count():
            raise RuntimeError(f"{waiting} photos were not analyzed")
        return self.photos.count() / took

    def in_batches(self) -> None:
        """The site's way: a ring says that photos wait, and the rows say which."""
        self._push("analyse")
        while self._pop():
            if self.analyst.analyse_batch() and Photo.objects.queued().exists():
                self._push("analyse")

    def by_photo(self) -> None:
        """The rival's way: each job has a photo's key."""
        for key in self.photos.order_by("pk").values_list("pk", flat=True):
            self._push(key)
        while key := self._pop():
            self._analyse(key)

    def _analyse(self, key: int) -> None:
        loaded = self.model.load()
        assert loaded is not None
        photo = Photo.objects.get(pk=key)
        picture = photo.open_picture()
        sighting = find_and_crop(picture, self.detector)
        write_variants(photo, picture, sighting.crops)
        (scored,) = score([sighting], loaded.engine)
        boxes = {box: values.astype(float).round(4).tolist() for box, values in scored.items()}
        with transaction.atomic():
            attribute_rows.add((key, photo.gallery_id), loaded.version.pk, boxes)
            Photo.objects.filter(pk=key).update(status=Photo.Status.READY, face_count=len(boxes))

    def _push(self, content: Any) -> None:
        self.queue.rpush(QUEUE, json.dumps(content))

    def _pop(self) -> Any:
        content: Any = self.queue.lpop(QUEUE)
        return json.loads(content) if content else None

    def _forget(self) -> None:
        """Make all photos wait again, as if they had just been uploaded."""
        for photo in self.photos:
            for variant in photo.list_variants():
                storage.delete(photo.file_name(variant))
        for table in attribute_rows.TABLES:
            store.execute(f"DELETE FROM {table}")
        Face.objects.filter(photo__in=self.photos).delete()
        self.photos.update(status=Photo.Status.QUEUED, attempts=0, face_count=0)
        self.queue.delete(QUEUE)
