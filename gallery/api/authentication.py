"""Who is asking: the API's token beside Django's session."""

from typing import Any

import knox.auth
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(knox.auth.TokenAuthentication):  # type: ignore[misc]  # no types
    """Knox's, which answers a token outside ASCII with a 500: here it is simply a wrong one."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isalnum():  # bytes: ASCII letters and digits only
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # its __init_subclass__
    """How the schema describes it."""

    target_class = "gallery.api.authentication.TokenAuthentication"
    name = "token"
