"""Pictures in an S3 bucket. What fails is an OSError, as on a disk.

Needs the packages in requirements-s3.txt. Only the settings name this module.
"""

import errno
import functools
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Any, ParamSpec, TypeVar

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_SECONDS, READ_SECONDS = 3, 10  # for each of two tries
FETCH_SECONDS = 20  # for a whole picture, however slowly it trickles in
IN_MEMORY = 4 * 1024 * 1024  # bytes of a fetched picture; larger ones go to a temporary file
PIECE = 256 * 1024  # bytes
FULL = ("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge")


def fails_as_a_disk_does(call: Callable[P, T]) -> Callable[P, T]:
    """Raise boto's errors as OSErrors, with the number that says what is wrong."""

    @functools.wraps(call)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except ClientError as error:
            raise OSError(_number(error), str(error)) from error
        except (BotoCoreError, Boto3Error) as error:
            raise OSError(errno.EHOSTUNREACH, str(error)) from error

    return wrapped


def _number(error: ClientError) -> int:
    code = error.response.get("Error", {}).get("Code")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in ("NoSuchKey", "404"):  # but not NoSuchBucket: then no picture can be reached
        return errno.ENOENT
    if code in FULL or status == 507:
        return errno.ENOSPC
    return errno.EACCES if status in (401, 403) else errno.EIO


class Bucket(S3Storage):  # type: ignore[misc]  # no types
    """django-storages' backend with short deadlines, one client, and one request per picture."""

    file_overwrite = True  # names are unique; to look for each first would be one more request
    transfer_config = TransferConfig(use_threads=False)
    client_config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=32,  # more than a process has threads
        signature_version="s3v4",
        # Not every S3-compatible server understands the newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )

    @functools.cached_property
    def connection(self) -> Any:
        """One for all threads: clients are thread-safe, and each of its own would take 16 MB."""
        return S3Storage.connection.fget(self)

    @fails_as_a_disk_does
    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        answer = self._client.get_object(Bucket=self.bucket_name, Key=name)
        return File(_fetched(answer["Body"]), name)

    @fails_as_a_disk_does
    def _save(self, name: str, content: File[bytes]) -> str:
        saved: str = super()._save(name, content)
        return saved

    @fails_as_a_disk_does
    def delete(self, name: str) -> None:
        super().delete(name)

    @fails_as_a_disk_does
    def exists(self, name: str) -> bool:
        return bool(super().exists(name))

    @fails_as_a_disk_does
    def get_modified_time(self, name: str) -> datetime:
        modified: datetime = super().get_modified_time(name)
        return modified

    @fails_as_a_disk_does
    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(name)
        return folders, files

    def names(self) -> Iterator[str]:
        """The name of every file, of which at most one page of 1,000 is held at a time."""
        following: dict[str, str] = {}
        while True:
            page = self._page(**following)
            yield from (entry["Key"] for entry in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            following = {"ContinuationToken": page["NextContinuationToken"]}

    @fails_as_a_disk_does
    def _page(self, **following: str) -> dict[str, Any]:
        page: dict[str, Any] = self._client.list_objects_v2(Bucket=self.bucket_name, **following)
        return page

    @property
    def _client(self) -> Any:
        return self.connection.meta.client


def _fetched(body: Any) -> IO[bytes]:
    """The whole body, read within FETCH_SECONDS, else TimeoutError."""
    deadline = time.monotonic() + FETCH_SECONDS
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (who asked for it closes it)
    for piece in body.iter_chunks(PIECE):
        file.write(piece)
        if time.monotonic() > deadline:
            file.close()
            raise TimeoutError(errno.ETIMEDOUT, "the storage sends too slowly")
    file.seek(0)
    return file
