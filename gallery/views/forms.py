"""What people type into the site."""

from typing import Any

from django import forms
from django.contrib.auth.models import User

from gallery.models import ApiToken, Gallery, SavedFilter
from ml.attributes import NAMES

Form = forms.Form | forms.ModelForm[Any]


def first_error(form: Form, field: str) -> str:
    """The first thing that is wrong with a field."""
    return str(form.errors[field][0])


class ProfileForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("first_name", "email")
        labels = {"first_name": "Your name", "email": "E-mail"}
        help_texts = {"email": "Only for resetting a forgotten password."}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }


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
    class Meta:
        model = ApiToken
        fields = ("name",)
        help_texts = {"name": "What it is for, so that you know which one to revoke."}
        error_messages = {"name": {"required": "Give the token a name."}}


class DeleteAccountForm(forms.Form):
    """The password once more: an open session is not enough to delete an account."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("That is not your password.")
        return password
