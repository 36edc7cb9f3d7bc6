"""The forms before the site: signing in and signing up."""

from typing import Any

import allauth.account.forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from gallery.people.invitations import use_invitation

# A phone's keyboard begins with a capital letter and corrects words: not in a name.
AS_TYPED = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}


def _plain(form: forms.Form) -> None:
    """Labels say what a field is for; a placeholder that repeats them is gone once one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LoginForm(allauth.account.forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["login"].label = gettext("Username or e-mail")
        self.fields["login"].widget.attrs.update(AS_TYPED, autocomplete="username")
        self.fields["password"].help_text = ""  # the page has the link

    def user_credentials(self) -> dict[str, str]:
        """The name as it was written: the backend finds out what it is."""
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class SignUpForm(allauth.account.forms.SignupForm):  # type: ignore[misc]
    """A new account. A second click on "Sign up" ends where the first one does."""

    first_name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("How the site greets you. Optional."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("username", "first_name", "email", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["username"].widget.attrs.update(AS_TYPED)
        email = self.fields["email"]
        email.widget.attrs.update(AS_TYPED, inputmode="email")
        email.label = gettext("E-mail")
        email.help_text = (
            gettext("We send you a link to verify it.")
            if email.required
            else gettext("You can log in with it instead of your username. Optional.")
        )

    def full_clean(self) -> None:
        """Keep the passwords in the page if the mistake is elsewhere: it is stored nowhere."""
        super().full_clean()
        passwords = ("password1", "password2")
        are_right = not any(self.has_error(name) for name in passwords)
        for name in passwords:
            self.fields[name].widget.render_value = are_right

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.made_before = None
        if self.has_error("username", "username_taken"):
            self.made_before = self._account_made_before()
        if self.made_before:
            self.errors.clear()
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new account, or the answer where there is none to make."""
        if not self.made_before:
            try:
                with transaction.atomic():
                    return self._make(request)
            except IntegrityError:  # the same name, by another request at the same time
                self.made_before = self._account_made_before()
        if not self.made_before:
            self.add_error("username", get_adapter().error_messages["username_taken"])
            return None, render(request, "account/signup.html", {"form": self})
        credentials = {"username": self.made_before.get_username()}
        login = Login(user=self.made_before, email=self.made_before.email or None)
        return None, perform_password_login(request, credentials, login)

    def _make(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:  # a mail says so; here, the same work tells nobody
            User().set_password(self.cleaned_data["password1"])
        user, answer = super().try_save(request)
        if user and not use_invitation(request, user):
            raise ImmediateHttpResponse(render(request, "account/signup_closed.html"))
        return user, answer

    def _account_made_before(self) -> User | None:
        """The account, if the name is this person's own: then they know its password."""
        user: User | None = get_adapter().authenticate(
            context.request,
            username=self.data.get("username", ""),
            password=self.data.get("password1", ""),
        )
        return user
