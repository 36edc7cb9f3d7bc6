"""The gallery that a person has without having made one."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from gallery.models import Gallery

FIRST_GALLERY = gettext_noop("My photos")


def first_gallery(user: User) -> Gallery:
    """The person's oldest gallery, made now if they have none."""
    return _oldest(user) or _make_first_gallery(user)


def _oldest(user: User) -> Gallery | None:
    return Gallery.objects.kept().filter(owner=user).order_by("id").first()


@transaction.atomic
def _make_first_gallery(user: User) -> Gallery:
    get_user_model().objects.select_for_update().get(pk=user.pk)  # two requests make one gallery
    return _oldest(user) or Gallery.objects.create(owner=user, name=gettext(FIRST_GALLERY))
