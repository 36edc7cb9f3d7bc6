"""Who is asking, and what their token lets them do: the API's token beside Django's session."""

from typing import Any

import knox.auth
from django.contrib.auth.models import User
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from gallery.api.throttling import WrongTokenThrottle
from gallery.models import ApiToken
from gallery.models.gallery import ONLY_GALLERY

READ_ONLY = "This token may only read. Make one that may write on your account page."
ONE_GALLERY = "This token is for one gallery, so it cannot make others."


class TokenAuthentication(knox.auth.TokenAuthentication):  # type: ignore[misc]  # no types
    """Knox's, with the token's scope, and a limit for those who guess."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        try:
            found: tuple[User, ApiToken] | None = super().authenticate(request)
        except AuthenticationFailed:
            throttle = WrongTokenThrottle()
            if not throttle.allow_request(request, None):
                raise Throttled(throttle.wait()) from None
            raise
        if found:
            user, token = found
            setattr(user, ONLY_GALLERY, token.gallery_id)
            token.note_use()
        return found

    def authenticate_credentials(self, token: bytes) -> Any:
        """Knox answers a token outside ASCII with a 500: here it is simply a wrong one."""
        if not token.isalnum():  # bytes: ASCII letters and digits only
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class TokenMayDo(BasePermission):
    """A token that may only read changes nothing."""

    message = READ_ONLY

    def has_permission(self, request: Request, view: Any) -> bool:
        token = token_of(request)
        return request.method in SAFE_METHODS or token is None or token.can_write


def refuse_one_gallery(request: Request) -> None:
    """Raise PermissionDenied if the token is for one gallery."""
    token = token_of(request)
    if token and token.gallery_id:
        raise PermissionDenied(ONE_GALLERY)


def token_of(request: Request) -> ApiToken | None:
    """The token that the request came with; None if it came with a session."""
    return request.auth if isinstance(request.auth, ApiToken) else None


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # its __init_subclass__
    """How the schema describes it."""

    target_class = "gallery.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        definition: dict[str, Any] = super().get_security_definition(  # type: ignore[no-untyped-call]
            auto_schema
        )
        return definition | {
            "description": "`Authorization: Token ...`, with a token from the account page. It may "
            "read, or read and write; all your galleries, or one: then everything else is a 404. "
            "A token that may only read gets a 403 on any other method than GET and HEAD."
        }
