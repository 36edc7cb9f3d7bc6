"""Sign-up, and Django's own log-in, log-out and password pages under their usual names."""

from django.urls import include, path

from gallery.views import account

urlpatterns = [
    path("signup/", account.signup, name="signup"),
    path("", include("django.contrib.auth.urls")),
]
