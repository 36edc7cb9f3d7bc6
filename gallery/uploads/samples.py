"""A gallery of drawn faces, to try the site without photos of one's own.

They take the way of every upload: the gate cleans them, and the worker finds and scores the faces.
"""

from io import BytesIO

import numpy as np
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext, gettext_noop

from gallery.models import Gallery
from gallery.uploads.adding import add_photo
from ml.data.drawing import HEIGHT, WIDTH, draw_face, random_answers

NAME = gettext_noop("Sample photos")
COUNT = 36
SIZE = (2 * WIDTH, 2 * HEIGHT)


def add_samples(owner: User) -> Gallery:
    """The person's gallery of samples, made or filled up if need be.

    Raises what `add_photo` raises, and then keeps what it has.
    """
    name = gettext(NAME)
    galleries = Gallery.objects.owned_by(owner).filter(name__in=(NAME, name))
    gallery = galleries.first() or Gallery.objects.create(owner=owner, name=name)
    if gallery.photos.count() < COUNT:
        for number in range(COUNT):
            add_photo(gallery, draw_sample(number))
    return gallery


def draw_sample(number: int) -> SimpleUploadedFile:
    """One drawn face: the same number gives the same picture."""
    file = BytesIO()
    answers = random_answers(np.random.default_rng(number))
    draw_face(answers, SIZE, number).save(file, "JPEG", quality=90)
    return SimpleUploadedFile(f"sample-{number + 1:02}.jpg", file.getvalue(), "image/jpeg")
