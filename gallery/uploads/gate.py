"""The one gate for uploads: whether a file is taken, and the clean picture made from it."""

import hashlib

from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext

from gallery.uploads.decoder import Busy, decoder
from gallery.uploads.pictures import CleanImage, UploadError
from gallery.uploads.words import Words


def clean_image(upload: File[bytes]) -> CleanImage:
    """Decode an upload and encode it again.

    Raises:
        UploadError: it is not an acceptable picture.
        Busy: other uploads keep the decoder busy.
    """
    if not upload.size:
        raise UploadError(gettext("The file is empty. Choose another one."), "empty")
    if upload.size > settings.MAX_UPLOAD_BYTES:
        raise UploadError(too_large(), "bytes")
    try:
        return decoder.decode(filter(None, upload.chunks()), settings.MAX_UPLOAD_PIXELS)
    except UploadError as error:
        values = {name: _told(value) for name, value in error.values.items()}
        raise UploadError(gettext(error.message), error.kind, **values) from error
    except Busy as error:
        raise Busy(gettext(str(error))) from error


def _told(value: object) -> object:
    """A message's parameters, in the reader's language."""
    return gettext(value.message) % value.values if isinstance(value, Words) else value


def upload_sha256(upload: File[bytes]) -> str:
    """The SHA-256 of the uploaded bytes, in hexadecimal: two uploads with the same are the same."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def too_large(advice: str = "") -> str:
    """What people are told about a file of more than MAX_UPLOAD_BYTES."""
    limit = filesizeformat(settings.MAX_UPLOAD_BYTES).replace("\N{NO-BREAK SPACE}", " ")
    words = gettext("The file is larger than %(limit)s.") % {"limit": limit}
    return f"{words} {advice or gettext('Make it smaller and try again.')}"
