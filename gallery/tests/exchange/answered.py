"""A face that people answered about."""

from gallery.answers.corrections import answer
from gallery.models import Face
from gallery.tests.factories import make_face, make_user


def answered_face(**kwargs) -> Face:
    """A face that a person has answered twice about: smiling, and not male."""
    face = make_face(smiling=0.25, male=0.75, **kwargs)
    person = make_user("Ann")
    answer(Face.objects.filter(pk=face.pk), "Smiling", True, person)
    answer(Face.objects.filter(pk=face.pk), "Male", False, person)
    return face
