"""The account of `make run DEMO=1`: a person with a gallery of samples."""

import secrets

from django.contrib.auth.models import User

from gallery.uploads.samples import add_samples

NAME = "demo"


def make_demo_account() -> str:
    """Make the account, or fill its gallery; in words, how to log in."""
    owner, is_new = User.objects.get_or_create(username=NAME)
    words = f"Log in as {NAME} with its password (manage.py changepassword {NAME} sets another)."
    if is_new or not owner.has_usable_password():  # `make_demo` gives none
        password = secrets.token_urlsafe(9)
        owner.set_password(password)
        owner.save()
        words = f"Log in as {NAME} with the password {password}"
    add_samples(owner)
    return words
