"""Whether a person may keep one more photo."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, gettext_lazy

from gallery import trace
from gallery.models.quota import Limits, Usage, hold
from gallery.uploads.pictures import UploadError

WHAT_TO_DO = gettext_lazy(
    "Delete photos that you no longer need and empty the trash, or ask the people who run this "
    "site for more."
)
# Photos count for the owner of their gallery, whoever uploads them.
OF_ANOTHER = gettext_lazy(
    "The owner of this gallery has no room for more photos. Ask them to make room: your uploads "
    "count toward their limit."
)


class QuotaError(UploadError):
    """The person may keep no more; the message says how much they keep, and what to do."""

    # Not 507, which says that the server is full and that it is the server's fault.
    status_code = 403

    def __init__(self, message: str) -> None:
        super().__init__(message, "quota")


def check_quota(person: int, size: int = 1, *, photos: int = 1) -> None:
    """Raise QuotaError if the person, given by key, may not keep so many more bytes and photos."""
    _check(person, Limits.of(person), size, photos)


def take_quota(person: int, size: int, *, photos: int = 1) -> None:
    """Raise QuotaError unless the person may keep so many more photos and bytes.

    If there are several uploads at once, each waits here until the earlier transactions end.
    """
    limits = Limits.of(person)
    if limits != Limits(0, 0):
        hold(person)
        _check(person, limits, size, photos)


def _check(person: int, limits: Limits, size: int, photos: int) -> None:
    if limits == Limits(0, 0):
        return
    used = Usage.of(person)
    words = ""
    if limits.photos and photos and used.photos + photos > limits.photos:
        words = gettext("You have %(number)s of %(most)s photos.")
        words %= {"number": intcomma(used.photos), "most": intcomma(limits.photos)}
    elif limits.bytes and used.bytes + size > limits.bytes:
        words = gettext("Your photos take %(size)s of %(most)s, and there is no room for this one.")
        words %= {"size": filesizeformat(used.bytes), "most": filesizeformat(limits.bytes)}
    if words:
        raise QuotaError(str(OF_ANOTHER) if _is_anothers(person) else f"{words} {WHAT_TO_DO}")


def _is_anothers(person: int) -> bool:
    """Whether somebody other than that person asks; they are not told how much the person keeps."""
    sender = trace.person()
    return sender is not None and sender.pk != person
