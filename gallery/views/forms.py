"""What people type into the site."""

from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from gallery.models import ApiToken, Gallery, SavedFilter
from gallery.people.accounts import is_anothers
from ml.attributes import NAMES

Form = forms.Form | forms.ModelForm[Any]


def first_error(form: Form, field: str) -> str:
    """The first thing that is wrong with a field."""
    return str(form.errors[field][0])


class ProfileForm(forms.ModelForm[User]):
    """The address too, where it cannot be verified: else it has a page of its own."""

    class Meta:
        model = User
        fields = ("first_name", "email")
        labels = {"first_name": "Your name", "email": "E-mail"}
        help_texts = {"email": "You can log in with it instead of your username. Optional."}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.SENDS_MAIL:
            del self.fields["email"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email and is_anothers(email, self.instance):
            raise forms.ValidationError("Another account has that address.")
        return email


class GalleryForm(forms.ModelForm[Gallery]):
    class Meta:
        model = Gallery
        fields = ("name",)
        error_messages = {"name": {"required": "Give the gallery a name."}}


class ConsentForm(forms.ModelForm[Gallery]):
    """Whether models may learn from the gallery's corrected faces."""

    class Meta:
        model = Gallery
        fields = ("allows_training",)
        labels = {"allows_training": "Models may learn from this gallery’s corrected faces"}


class AnswerForm(forms.Form):
    """A person's answer about an attribute; "model" withdraws it."""

    attribute = forms.ChoiceField(choices=[(name, name) for name in NAMES])
    answer = forms.ChoiceField(choices=[(word, word) for word in ("yes", "no", "model")])


class BoxForm(forms.Form):
    """A box on a picture, from its upper left corner, in percent of the picture."""

    x = forms.FloatField(min_value=0, max_value=100)
    y = forms.FloatField(min_value=0, max_value=100)
    w = forms.FloatField(min_value=0, max_value=100)
    h = forms.FloatField(min_value=0, max_value=100)

    def box(self) -> tuple[float, float, float, float]:
        """The box in fractions of the picture."""
        x, y, w, h = (self.cleaned_data[name] / 100 for name in "xywh")
        return x, y, w, h


class SavedFilterForm(forms.ModelForm[SavedFilter]):
    class Meta:
        model = SavedFilter
        fields = ("name",)
        error_messages = {"name": {"required": "Give the filter a name."}}


class TokenForm(forms.ModelForm[ApiToken]):
    """A new token: what for, what it opens, and for how long."""

    EXPIRIES = (("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"), ("", "never"))
    SCOPES = ((False, "read"), (True, "read and write"))

    can_write = forms.TypedChoiceField(
        label="It may", choices=SCOPES, coerce=lambda word: word == "True"
    )
    expires = forms.TypedChoiceField(
        label="It expires",
        choices=EXPIRIES,
        initial="90",
        required=False,
        coerce=lambda days: timedelta(days=int(days)),
        empty_value=None,
    )

    class Meta:
        model = ApiToken
        fields = ("name", "can_write", "gallery")
        labels = {"gallery": "It opens"}
        help_texts = {"name": "What it is for, so that you know which one to revoke."}
        error_messages = {"name": {"required": "Give the token a name."}}

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        gallery = cast("forms.ModelChoiceField[Gallery]", self.fields["gallery"])
        gallery.queryset = Gallery.objects.visible_to(user)
        gallery.empty_label = "all galleries"

    def create(self) -> str:
        """Make the token, and return what is shown of it once."""
        data = self.cleaned_data
        _, secret = ApiToken.objects.create(
            self.user,
            expiry=data["expires"],
            name=data["name"],
            can_write=data["can_write"],
            gallery=data["gallery"],
        )
        return str(secret)


class DeleteAccountForm(forms.Form):
    """The password once more: an open session is not enough to delete an account.

    Who logs in at another site has none, and types their name.
    """

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            self.fields["password"] = forms.CharField(label=f"To delete it, type {user.username}")

    def clean_password(self) -> str:
        typed: str = self.cleaned_data["password"]
        if not self.user.has_usable_password():
            if typed != self.user.username:
                raise forms.ValidationError("That is not your username.")
        elif not get_adapter().reauthenticate(self.user, typed):  # which limits wrong ones
            raise forms.ValidationError("That is not your password.")
        return typed
