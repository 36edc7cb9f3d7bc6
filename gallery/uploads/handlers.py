"""How the files of a request are received."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class SizeLimitUploadHandler(FileUploadHandler):
    """Keep only so much of a file as shows that it is too large.

    It comes before Django's handlers, which then hold at most one chunk more than MAX_UPLOAD_BYTES.
    They put the file into request.FILES as usual, where `clean_image` refuses it by its size.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
