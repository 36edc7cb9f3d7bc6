"""Reading: every look-up that means something has its name here."""

from django.db import models


class GalleryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What this person may see: for now, what they own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()


class PhotoQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What this person may see: for now, what lies in their galleries."""
        return self.filter(gallery__owner=user) if user.is_authenticated else self.none()


class FaceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What this person may see: for now, what lies in their galleries."""
        return self.filter(gallery__owner=user) if user.is_authenticated else self.none()
