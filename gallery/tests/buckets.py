"""S3 servers for tests: one that works, in this process, and one that fails as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.config import Config
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from celebattr import values
from celebattr.bucket import Bucket

NAME = "photos"
FAST = Config(connect_timeout=0.3, read_timeout=0.3, retries={"total_max_attempts": 1})


@contextmanager
def s3_server() -> Iterator[ThreadedMotoServer]:
    """A running server with an empty bucket. Its files are in this process, also while it rests."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    url = f"http://{address_of(server)}"
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=NAME)
    yield server
    s3_backends.reset()
    server.stop()


def address_of(server: ThreadedMotoServer) -> str:
    return "{}:{}".format(*server.get_host_and_port())


def storages_at(address: str, bucket: str = NAME) -> dict[str, Any]:
    """The setting STORAGES for a bucket at that host and port."""
    entry = values.bucket.convert(f"s3+http://key:secret@{address}/{bucket}")
    files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return {"default": entry, "staticfiles": files}


def impatient(monkeypatch) -> None:
    """Wait a third of a second where the site waits ten."""
    monkeypatch.setattr(Bucket, "client_config", Bucket.client_config.merge(FAST))


class FailingServer(ThreadingHTTPServer):
    """Answers every request with `status` and `code`, or if `silent` with nothing."""

    def __init__(self, status: int = 403, code: str = "AccessDenied", silent: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Failure)
        self.status, self.code, self.silent = status, code, silent
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


class _Failure(BaseHTTPRequestHandler):
    server: FailingServer

    def answer(self) -> None:
        if self.server.silent:
            self.server.over.wait()
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = f"<Error><Code>{self.server.code}</Code><Message>No.</Message></Error>".encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = answer

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
