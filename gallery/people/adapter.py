"""Where allauth, which signs people in, does what this site wants."""

import logging
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import InvalidToken
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from qrcode.image.svg import SvgPathImage

from celebattr.proxies import limited_address
from gallery.people import second_steps
from gallery.people.accounts import named_like
from gallery.people.invitations import may_sign_up
from gallery.people.sessions import browser_name

logger = logging.getLogger(__name__)

OTHER_KEY = gettext_noop(
    "Your second step cannot be checked, because the site has another key than when you set it up. "
    "Tell whoever runs the site."
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy("The name or the password is wrong."),
        "email_password_mismatch": gettext_lazy("The name or the password is wrong."),
        "username_taken": gettext_lazy("That username is taken. Choose another."),
        "email_taken": gettext_lazy("Another account has that address."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return may_sign_up(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Whether it is a path of this site."""
        return bool(url and url.startswith("/") and super().is_safe_url(url))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where tokens can be revoked, which a new password leaves as they are."""
        return f"{reverse('gallery:account')}#tokens"

    def clean_username(self, username: str, shallow: bool = False) -> str:
        username = super().clean_username(username, shallow=True)
        if not shallow and named_like(username).exists():
            raise ValidationError(self.error_messages["username_taken"], code="username_taken")
        return username

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(respond_429(request)) from None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What wrong passwords are counted by: a name and the address that tries it.

        By the name alone, anyone could keep its owner out.
        """
        name = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{limited_address(request)} {name}"

    def get_login_stages(self) -> list[str]:
        theirs, ours = (
            f"{stage.__module__}.{stage.__name__}"
            for stage in (EmailVerificationStage, FirstVerificationStage)
        )
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]


class FirstVerificationStage(EmailVerificationStage):  # type: ignore[misc]
    """Asks new accounts to verify their address, and lets those in that were in before.

    Mail may have been set up after they were made, and staff make accounts without an address.
    """

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        user = self.login.user
        if user and (user.last_login or not EmailAddress.objects.filter(user=user).exists()):
            return None, True
        answer: tuple[HttpResponseBase | None, bool] = super().handle()
        return answer


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def generate_authenticator_name(self, user: User, type: str) -> str:
        """What a new passkey is called unless its owner calls it something else."""
        return browser_name(context.request.META.get("HTTP_USER_AGENT", ""))

    def build_totp_svg(self, url: str) -> str:
        """The QR code as a piece of a page: the security policy allows no data: address."""
        svg: str = qrcode.make(url, image_factory=SvgPathImage).to_string(encoding="unicode")
        return svg

    def encrypt(self, text: str) -> str:
        return second_steps.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return second_steps.decrypt(encrypted_text)
        except InvalidToken:
            logger.error("a second step has the key of another SECRET_KEY; see manage.py doctor")
            page = render_to_string("503.html", {"reason": gettext(OTHER_KEY)})
            raise ImmediateHttpResponse(HttpResponse(page, status=503)) from None


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Who may sign in at the provider may have an account: the provider decides that."""
        return True
