"""The site as a WSGI application, below BASE_PATH."""

import os
import sys
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from celebattr.memory import return_large_blocks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")

try:
    site = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"CelebAttr: {error}")
return_large_blocks()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The site, without the bodies that Django makes for HEAD: gunicorn warns about each."""
    base, path = settings.BASE_PATH, environ.get("PATH_INFO", "")
    if environ.get("SCRIPT_NAME", "") not in ("", base):
        return _refuse(environ["SCRIPT_NAME"], start_response)
    if base and f"{path}/".startswith(f"{base}/"):  # some proxies cut it off, others do not
        environ["PATH_INFO"] = path.removeprefix(base) or "/"
    body = site(environ, start_response)
    if environ["REQUEST_METHOD"] != "HEAD":
        return body
    body.close()
    return []


def _refuse(name: str, start_response: StartResponse) -> Iterable[bytes]:
    """Say that a path which is set elsewhere is one which half of the pages would not heed."""
    words = f"The web server says that the site is below {name}. Set BASE_PATH to that in .env."
    start_response("503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{words}\n".encode("utf-8", "replace")]
