"""gunicorn's settings, read from the folder it is started in. SQLite suits few processes."""

worker_class = "gthread"
workers = 2
threads = 8
preload_app = True  # the code is loaded once, and shared
timeout = 60
graceful_timeout = 20
keepalive = 5
loglevel = "warning"
control_socket_disable = True
