"""Plain helpers that make rows for the tests."""

import hashlib
import itertools
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient
from skimage.data import astronaut

from gallery.models import ApiToken, Face, Gallery, Membership, Photo, Role, Webhook
from gallery.webhooks.secret import make_secret
from ml.attributes import FIELDS, NAMES
from ml.models import ModelVersion

counter = itertools.count(1)


def make_user(username: str = "", **kwargs: Any):
    return get_user_model().objects.create_user(
        username or f"person{next(counter)}", password="correct-horse", **kwargs
    )


def make_api_client(user: Any, **scope: Any) -> APIClient:
    """A REST client with a token of this person's, which was used just now."""
    _, token = ApiToken.objects.create(user, name="test", last_used_at=timezone.now(), **scope)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def make_version(**kwargs: Any) -> ModelVersion:
    """The active model version: yes from 0.6, no below 0.4, unless told otherwise."""
    active = ModelVersion.objects.active()
    if active and not kwargs:
        return active
    defaults = {
        "name": "test",
        "folder": "/nowhere",
        "sha256": hashlib.sha256(str(next(counter)).encode()).hexdigest(),
        "architecture": "VGG16",
        "thresholds": {name: {"yes": 0.6, "no": 0.4} for name in NAMES},
        "is_active": True,
    }
    return ModelVersion.objects.create(**{**defaults, **kwargs})


def make_gallery(**kwargs: Any) -> Gallery:
    if "owner" not in kwargs:
        kwargs["owner"] = make_user()
    return Gallery.objects.create(**{"name": "Holidays", **kwargs})


def make_member(gallery: Gallery, person: Any = None, role: Role = Role.VIEWER) -> Membership:
    """A member who has accepted."""
    person = person or make_user()
    return Membership.objects.create(
        gallery=gallery, person=person, role=role, accepted_at=timezone.now()
    )


def make_webhook(**kwargs: Any) -> Webhook:
    """A webhook that hears of everything, unless told otherwise."""
    if "owner" not in kwargs:
        kwargs["owner"] = kwargs["gallery"].owner if "gallery" in kwargs else make_user()
    defaults = {
        "url": "https://receiver.example/in",
        "events": Webhook.Event.values,
        "secret": make_secret()[1],
    }
    return Webhook.objects.create(**{**defaults, **kwargs})


def make_photo(**kwargs: Any) -> Photo:
    """A photo that waits for its analysis, unless told otherwise."""
    number = next(counter)
    if "gallery" not in kwargs:
        kwargs["gallery"] = make_gallery()
    defaults = {
        "original_name": f"photo{number}.jpg",
        "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        "width": 640,
        "height": 480,
        "bytes": 1000,
    }
    return Photo.objects.create(**{**defaults, **kwargs})


def make_face(photo: Photo | None = None, **kwargs: Any) -> Face:
    """A face whose 40 probabilities are 0.5 unless given by column, e.g. smiling=0.9."""
    photo = photo or make_photo(status=Photo.Status.READY, model_version=make_version())
    defaults = {
        "gallery": photo.gallery,
        "x": 0.25,
        "y": 0.25,
        "w": 0.5,
        "h": 0.5,
        "detector": Face.Detector.FINDER,
        "score": 0.9,
        "model_version": photo.model_version or make_version(),
        **dict.fromkeys(FIELDS, 0.5),
    }
    face = Face.objects.create(photo=photo, **{**defaults, **kwargs})
    if not face.is_whole:
        Photo.objects.filter(pk=photo.pk).update(face_count=F("face_count") + 1)
    return face


def make_photo_with(*faces: dict[str, float], **kwargs: Any) -> Photo:
    """An analyzed photo with a face for each dictionary of probabilities by column."""
    photo = make_photo(status=Photo.Status.READY, model_version=make_version(), **kwargs)
    for probabilities in faces:
        make_face(photo, **probabilities)
    return photo


def make_ready(gallery: Gallery, **probabilities: Any) -> Photo:
    """An analyzed photo with one face."""
    return make_photo_with(probabilities, gallery=gallery)


def make_stored_photo(image: Image.Image | None = None, **kwargs) -> Photo:
    """A photo that waits, with its picture in storage: the astronaut's unless given."""
    photo = make_photo(**kwargs)
    path = default_storage.path(default_storage.save(photo.file_name(), ContentFile(b"")))
    (image or Image.fromarray(astronaut())).save(path, "JPEG")
    return photo


def reload(photo: Photo) -> Photo:
    return Photo.objects.get(pk=photo.pk)
