"""REST tokens."""

from django.db import models
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):
    """A REST token: only its hash is kept. The name tells its owner what it is for."""

    name = models.CharField(max_length=100)
