"""REST tokens."""

from knox.models import AbstractAuthToken

from gallery.fields import NameField


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # Knox has no types
    """A REST token, kept only as a hash. The name tells its owner what it is for."""

    name: NameField = NameField()
