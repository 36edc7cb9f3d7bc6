"""What people type into the site."""

from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy

from gallery.fields import validate_visible
from gallery.models import ApiToken, Gallery, Role, SavedFilter, Webhook
from gallery.models.gallery import GalleryQuerySet
from gallery.models.membership import LONGEST_NAME
from gallery.people.accounts import is_anothers
from gallery.uploads.gate import too_large
from gallery.webhooks.addresses import Refused, check_url
from ml.attributes import NAMES

Form = forms.Form | forms.ModelForm[Any]

EXPIRIES = (  # of tokens and links, in days
    ("7", gettext_lazy("in a week")),
    ("30", gettext_lazy("in 30 days")),
    ("90", gettext_lazy("in 90 days")),
    ("365", gettext_lazy("in a year")),
    ("", gettext_lazy("never")),
)


def first_error(form: Form) -> str:
    """The first thing that is wrong."""
    return str(next(iter(form.errors.values()))[0])


class ProfileForm(forms.ModelForm[User]):
    """The address too, where it cannot be verified: else it has a page of its own."""

    class Meta:
        model = User
        fields = ("first_name", "email")
        labels = {"first_name": gettext_lazy("Your name"), "email": gettext_lazy("E-mail")}
        help_texts = {
            "email": gettext_lazy("You can log in with it instead of your username. Optional.")
        }
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
            raise forms.ValidationError(gettext("Another account has that address."))
        return email


IN_A_DIALOG = {"name": forms.TextInput(attrs={"autofocus": True})}  # when it opens, or has an error


class GalleryForm(forms.ModelForm[Gallery]):
    class Meta:
        model = Gallery
        fields = ("name",)
        widgets = IN_A_DIALOG
        error_messages = {"name": {"required": gettext_lazy("Give the gallery a name.")}}


class TargetForm(forms.Form):
    """Where photos go: to one of the person's galleries, or to a new one."""

    to = forms.ModelChoiceField(
        Gallery.objects.none(),
        to_field_name="uuid",
        required=False,
        label=gettext_lazy("Gallery"),
        empty_label=gettext_lazy("A new gallery"),
        error_messages={"invalid_choice": gettext_lazy("That gallery is gone.")},
    )
    name = forms.CharField(
        max_length=Gallery._meta.get_field("name").max_length,
        required=False,
        label=gettext_lazy("Name of the new gallery"),
        validators=[validate_visible],
    )

    def __init__(self, galleries: GalleryQuerySet, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "move_%s"  # other forms of the page have a field called name, too
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField[Gallery], self.fields["to"]).queryset = galleries

    def clean(self) -> dict[str, Any]:
        data = cast(dict[str, Any], super().clean())
        if not self.errors and not data["to"] and not data["name"]:
            self.add_error("name", gettext("Choose a gallery, or give the new one a name."))
        return data


class ConsentForm(forms.ModelForm[Gallery]):
    """Whether models may learn from the gallery's corrected faces."""

    class Meta:
        model = Gallery
        fields = ("allows_training",)
        labels = {
            "allows_training": gettext_lazy("Models may learn from this gallery’s corrected faces")
        }


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
    """A page may have many of them: each has ids of its own."""

    class Meta:
        model = SavedFilter
        fields = ("name",)
        widgets = IN_A_DIALOG
        error_messages = {"name": {"required": gettext_lazy("Give the filter a name.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"filter-{self.instance.pk or 'new'}-%s"


class TokenForm(forms.ModelForm[ApiToken]):
    """A new token: what for, what it opens, and for how long."""

    SCOPES = ((False, gettext_lazy("read")), (True, gettext_lazy("read and write")))

    can_write = forms.TypedChoiceField(
        label=gettext_lazy("It may"), choices=SCOPES, coerce=lambda word: word == "True"
    )
    expires = forms.TypedChoiceField(
        label=gettext_lazy("It expires"),
        choices=EXPIRIES,
        initial="90",
        required=False,
        coerce=lambda days: timedelta(days=int(days)),
        empty_value=None,
    )

    class Meta:
        model = ApiToken
        fields = ("name", "can_write", "gallery")
        labels = {"gallery": gettext_lazy("It opens")}
        help_texts = {"name": gettext_lazy("What it is for, so that you know which one to revoke.")}
        error_messages = {"name": {"required": gettext_lazy("Give the token a name.")}}

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        gallery = cast("forms.ModelChoiceField[Gallery]", self.fields["gallery"])
        gallery.queryset = Gallery.objects.visible_to(user)
        gallery.empty_label = gettext("all galleries")

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


class LinkForm(forms.Form):
    """A link to share: what it opens, for how long, and what it shows. The fields are named as the
    options of `ShareLinkQuerySet.share`.
    """

    saved_filter = forms.ModelChoiceField(
        label=gettext_lazy("It shows"),
        queryset=SavedFilter.objects.none(),
        required=False,
        empty_label=gettext_lazy("all photos of the gallery"),
        help_text=gettext_lazy("A saved filter stays alive: what it finds later is shown, too."),
    )
    lasts = forms.TypedChoiceField(
        label=gettext_lazy("It expires"),
        choices=EXPIRIES,
        initial="30",
        required=False,
        coerce=lambda days: timedelta(days=int(days)),
        empty_value=None,
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        min_length=6,
        max_length=100,
        help_text=gettext_lazy("Optional. Tell it to people in another way than the link."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    allows_download = forms.BooleanField(
        label=gettext_lazy("Photos can be downloaded in full size"), required=False
    )
    shows_sensitive = forms.BooleanField(
        label=gettext_lazy("Show sensitive attributes, too"),
        required=False,
        help_text=gettext_lazy("Such as male, young, attractive, chubby, bald, double chin."),
    )

    def __init__(self, user: User, gallery: Gallery, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = cast("forms.ModelChoiceField[SavedFilter]", self.fields["saved_filter"])
        saved.queryset = SavedFilter.objects.visible_to(user).in_gallery(gallery)


class RoleForm(forms.Form):
    """What a member may do."""

    role = forms.ChoiceField(
        label=gettext_lazy("They may"),
        choices=(
            (Role.VIEWER.value, gettext_lazy("look and export")),
            (Role.EDITOR.value, gettext_lazy("also upload, answer and delete")),
        ),
        widget=forms.Select(attrs={"class": "input"}),
    )


class MemberForm(RoleForm):
    """Whom to invite, by their name or e-mail address."""

    name = forms.CharField(
        label=gettext_lazy("Username or e-mail"),
        max_length=LONGEST_NAME,
        validators=[validate_visible],
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter who to invite.")},
    )
    field_order = ("name", "role")


class WebhookForm(forms.ModelForm[Webhook]):
    """A new webhook: where messages go to, and what they are about."""

    events = forms.MultipleChoiceField(
        label=gettext_lazy("Send a message when"),
        choices=Webhook.Event.choices,
        initial=Webhook.Event.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )

    class Meta:
        model = Webhook
        fields = ("url", "gallery", "events")
        labels = {"url": gettext_lazy("Address"), "gallery": gettext_lazy("About photos in")}
        help_texts = {
            "url": gettext_lazy("Where your program receives the messages, over HTTPS."),
        }
        widgets = {"url": forms.URLInput(attrs={"placeholder": "https://example.org/hook"})}
        error_messages = {"url": {"required": gettext_lazy("Give the address of the receiver.")}}

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gallery = cast("forms.ModelChoiceField[Gallery]", self.fields["gallery"])
        gallery.queryset = Gallery.objects.owned_by(user)
        gallery.empty_label = gettext("all galleries")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except Refused as error:
            raise forms.ValidationError(gettext(str(error))) from error
        return url


class LabelsForm(forms.Form):
    """A file of labels, or an export."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,  # the import says what is wrong with it
        widget=forms.FileInput(attrs={"accept": ".csv, .txt, .json, .jsonl"}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(too_large(gettext("Send it in parts.")))
        return file


class AlbumPasswordForm(forms.Form):
    """The password of a shared album."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=100,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": gettext_lazy("Type the password.")},
    )


class DeleteAccountForm(forms.Form):
    """The password once more: an open session is not enough to delete an account.

    Who logs in at another site has none, and types their name.
    """

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_usable_password():
            label = gettext("To delete it, type %(name)s") % {"name": user.username}
            self.fields["password"] = forms.CharField(label=label)

    def clean_password(self) -> str:
        typed: str = self.cleaned_data["password"]
        if not self.user.has_usable_password():
            if typed != self.user.username:
                raise forms.ValidationError(gettext("That is not your username."))
        elif not get_adapter().reauthenticate(self.user, typed):  # which limits wrong ones
            raise forms.ValidationError(gettext("That is not your password."))
        return typed
