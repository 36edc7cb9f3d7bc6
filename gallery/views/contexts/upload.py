"""What the upload form needs."""

from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from gallery.models import Gallery


def upload_context(gallery: Gallery | None = None) -> dict[str, Any]:
    """Where to send files, and how many and how large they may be."""
    if gallery:
        url = reverse("gallery:upload", args=[gallery.uuid])
    else:
        url = reverse("gallery:upload_first")
    return {
        "upload_url": url,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_size": filesizeformat(settings.MAX_UPLOAD_BYTES),
        "max_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
    }
