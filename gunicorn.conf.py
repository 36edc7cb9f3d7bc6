"""gunicorn's settings, read from the folder it is started in. SQLite suits few processes."""

from gunicorn.workers.base import Worker

worker_class = "gthread"
workers = 2
threads = 8
preload_app = True  # the code is loaded once, and shared
timeout = 60
graceful_timeout = 20
keepalive = 5
loglevel = "warning"
limit_request_line = 8190  # the longest filter, with every character encoded, takes 6000
limit_request_field_size = 16380  # htmx sends the page's whole address in a header too
control_socket_disable = True


def post_worker_init(worker: Worker) -> None:
    """Start what decodes uploads in this process's stead."""
    from gallery.uploads.decoder import decoder

    decoder.start()
