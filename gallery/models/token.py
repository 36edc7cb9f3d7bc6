"""REST tokens."""

from django.db import models
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # Knox has no types
    """A REST token, kept only as a hash. The name tells its owner what it is for."""

    name: models.CharField[str, str] = models.CharField(max_length=100)
