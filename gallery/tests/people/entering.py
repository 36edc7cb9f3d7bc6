"""Signing up and in, as a browser does it."""

from django.conf import settings
from django.test import Client
from django.urls import reverse

SECRET = "a-good-long-secret"  # of those who sign up
RIGHT = "correct-horse"  # of those that make_user makes


def sign_up(client: Client, query: str = "", **data: str):
    fields = {"username": "nadia", "password1": SECRET, "password2": SECRET}
    return client.post(reverse("account_signup") + query, {**fields, **data})


def log_in(client: Client, name: str, password: str = RIGHT, **environ: str):
    data = {"login": name, "password": password}
    return client.post(reverse("account_login"), data, **environ)


def is_in(client: Client) -> bool:
    return settings.SESSION_COOKIE_NAME in client.cookies and bool(
        client.session.get("_auth_user_id")
    )
