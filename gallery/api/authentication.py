"""Who is asking: the API's token beside Django's session."""

import knox.auth
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(knox.auth.TokenAuthentication):
    """Knox's, but a token that is no ASCII text is a wrong one: Knox alone fails to decode it."""

    def authenticate_credentials(self, token: bytes):
        if not token.isalnum():  # bytes: ASCII letters and digits only
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class TokenScheme(KnoxTokenScheme):
    """How the schema calls it."""

    target_class = TokenAuthentication
    name = "token"
