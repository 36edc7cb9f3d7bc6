"""gunicorn's settings, read from the folder it is started in. SQLite suits few processes."""

import os
import shutil
import tempfile
from typing import Any

from gunicorn.workers.base import Worker

worker_class = "gthread"
workers = 2
threads = 8
preload_app = True  # the code is loaded once, and shared
timeout = 60
graceful_timeout = 20
# Longer than proxies keep idle connections (nginx a minute, Caddy two): else a request now and then
# meets one that is just being closed.
keepalive = 130
# Its lines go where the site's go, and look like them (LOGGING in celebattr/settings.py).
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True}},
}
limit_request_line = 8190  # the longest filter, with every character encoded, takes 6000
limit_request_field_size = 16380  # htmx sends the page's whole address in a header too
control_socket_disable = True

# Where its processes count for /metrics. Not in VAR_DIR, which hosts may share: two containers have
# processes with the same number. Read when prometheus_client is imported, and kept on a reload.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="celebattr-metrics-")


def post_worker_init(worker: Worker) -> None:
    """Start what decodes uploads in this process's stead."""
    from gallery.uploads.decoder import decoder

    decoder.start()


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
