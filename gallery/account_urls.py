"""Signing up, in and out, and what goes with it: allauth's pages, two at older addresses too."""

from django.urls import include, path
from django.views.generic import RedirectView

from gallery.views import entrance

to_account = RedirectView.as_view(pattern_name="gallery:account")

urlpatterns = [
    # These lists are on the account page, which allauth then finds under its own names.
    path("2fa/", to_account, name="mfa_index"),
    path("2fa/webauthn/", to_account, name="mfa_list_webauthn"),
    path("sessions/", to_account, name="usersessions_list"),
    path("oidc/sso/login/", entrance.single_sign_on),
    path("password/reset/", entrance.password_reset, name="account_reset_password"),
    path("", include("allauth.urls")),
    path("password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("password_reset/", RedirectView.as_view(pattern_name="account_reset_password")),
]
