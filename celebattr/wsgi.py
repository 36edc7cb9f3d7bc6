"""The site as a WSGI application."""

import os
import sys
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")

try:
    site = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"CelebAttr: {error}")


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The site, without the bodies that Django makes for HEAD: gunicorn warns about each."""
    body = site(environ, start_response)
    if environ["REQUEST_METHOD"] != "HEAD":
        return body
    body.close()
    return []
