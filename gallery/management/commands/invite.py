"""manage.py invite: make a link with which somebody signs up."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.template.loader import render_to_string

from gallery.models import Invitation
from gallery.people.invitations import sign_up_path


class Command(BaseCommand):
    help = "Make a link with which one person signs up, once; with an address, send it there too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", nargs="?", help="Where to send the link.")
        parser.add_argument(
            "--site",
            default=_site(),
            help="The site's address; if it is left out: %(default)s",
        )

    def handle(self, *args: Any, email: str | None, site: str, **options: Any) -> None:
        if settings.SIGNUP == "closed":
            raise CommandError("SIGNUP=closed: nobody can sign up. Set SIGNUP=invite.")
        if email:
            _check(email)
        link = site.rstrip("/") + sign_up_path(Invitation.objects.invite())
        if email:
            text = render_to_string("account/email/invitation.txt", {"link": link})
            send_mail("Your invitation to CelebAttr", text, None, [email])
        self.stdout.write(link)


def _site() -> str:
    """Where the site probably is: the settings say for which names it is, not at which port."""
    if settings.CSRF_TRUSTED_ORIGINS:
        return str(settings.CSRF_TRUSTED_ORIGINS[0])
    if settings.IS_LOCAL:
        return "http://127.0.0.1:8000"
    return f"{'https' if settings.HTTPS else 'http'}://{settings.ALLOWED_HOSTS[0].lstrip('.')}"


def _check(email: str) -> None:
    if not settings.SENDS_MAIL:
        raise CommandError("This site sends no mail: set EMAIL_URL, or leave the address out.")
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"{email} is not an e-mail address.", returncode=2) from None
