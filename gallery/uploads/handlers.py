"""How the files of a request are received."""

from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class SizeLimitUploadHandler(FileUploadHandler):
    """Keep only so much of a file as shows that it is too large.

    It comes before the other handlers, which then hold at most one chunk more than
    MAX_UPLOAD_BYTES. They put the file into request.FILES as usual, where `clean_image` refuses it
    by its size.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None


class NamelessFileUploadHandler(FileUploadHandler):
    """Receive a file on the disk, where it has no name: none stays if the process is killed.

    Django's handler names it, and deletes it when the request has ended.
    """

    file: UploadedFile | None = None

    def new_file(self, *arguments: Any, **more: Any) -> None:
        super().new_file(*arguments, **more)
        stream = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  (Django closes it)
        self.file = UploadedFile(stream, self.file_name, self.content_type, 0, self.charset)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.file  # noqa: S101  (for the type checker)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        assert self.file  # noqa: S101
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        if self.file:
            self.file.close()
