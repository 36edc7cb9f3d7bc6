"""How the files of a request are received."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class SizeLimitUploadHandler(FileUploadHandler):
    """Keep no more of a file than shows that it is too large.

    It stands before Django's handlers, which so hold one chunk past MAX_UPLOAD_BYTES at most. What
    they make of it is in request.FILES as ever, and `uploads.clean_image` refuses it by its size.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
