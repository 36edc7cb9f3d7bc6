"""Takes apart the body of a form with files.

Django's own parser drops characters from the names of files, reads `&amp;` in them as `&`, stops at
long ones, and overlooks a part whose name is not in UTF-8. Its handlers then receive the files.
"""

import re
from collections.abc import Sequence
from typing import IO
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from gallery.names import clean_name

# A name of 255 characters takes 3 x 3 bytes each where it is written as %E2%82%AC, and may stand in
# the header twice.
MAX_HEADER = 8192
EXTENDED_NAME = re.compile(
    r"; *filename\* *= *(UTF-8|ISO-8859-1)'[^']*'([^;\s]+)", re.ASCII | re.IGNORECASE
)
STORED_AS = "upload"  # by the handlers, which make a temporary file's name of it


class Parts:
    """The fields and files of one body."""

    def __init__(self, handlers: Sequence[FileUploadHandler], encoding: str) -> None:
        self.handlers, self.encoding = handlers, encoding
        self.fields = QueryDict(mutable=True, encoding=encoding)
        self.files: MultiValueDict[str, UploadedFile] = MultiValueDict()
        self.counts = {True: 0, False: 0}  # of files, and of fields
        self.field_bytes = 0

    def read(self, body: IO[bytes], boundary: str | bytes, length: int) -> None:
        """Read it to its end.

        Raises:
            MultiPartParserError: it is damaged.
            RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent: there is more than the settings
                allow.
        """
        # Latin-1 stands for bytes here: which encoding they are in is found out name by name.
        parser = PushMultipartParser(
            boundary, length, max_header_size=MAX_HEADER, header_charset="latin1"
        )
        try:
            for event in parser.parse_blocking(body.read):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._end()
                else:
                    self._add(bytes(event))
        except MultipartError as error:
            raise MultiPartParserError(str(error)) from error

    def _begin(self, part: MultipartSegment) -> None:
        self.name, self.file_name = as_text(part.name or ""), file_name(part)
        self.counts[self.file_name is not None] += 1
        if self.counts[True] > settings.DATA_UPLOAD_MAX_NUMBER_FILES:
            raise TooManyFilesSent
        if self.counts[False] > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            raise TooManyFieldsSent
        self.content = bytearray()
        self.taking: list[FileUploadHandler] = []
        self.received: list[int] = []
        if not self.file_name:  # a field, or no file was chosen
            return
        for handler in self.handlers:
            self.taking.append(handler)
            self.received.append(0)
            try:
                handler.new_file(self.name, STORED_AS, part.content_type or "", None, part.charset)
            except StopFutureHandlers:
                break

    def _add(self, data: bytes) -> None:
        if self.file_name is None:
            self.field_bytes += len(data)
            if self.field_bytes > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise RequestDataTooBig
            self.content += data
        for number, handler in enumerate(self.taking):
            start = self.received[number]
            self.received[number] += len(data)
            left = handler.receive_data_chunk(data, start)  # for the next handler
            if left is None:
                break
            data = left

    def _end(self) -> None:
        if self.file_name is None:
            text = bytes(self.content).decode(self.encoding, errors="replace")
            self.fields.appendlist(self.name, text)
        for handler, size in zip(self.taking, self.received, strict=True):
            if file := handler.file_complete(size):
                file.name = clean_name(self.file_name or "")
                self.files.appendlist(self.name, file)
                break

    def close(self) -> None:
        for _, files in self.files.lists():
            for file in files:
                file.close()


class PartsHandler(FileUploadHandler):
    """The first of the handlers: it reads the body for the others."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, UploadedFile]]:
        assert self.request is not None  # noqa: S101  (for the type checker)
        handlers = [one for one in self.request.upload_handlers if one is not self]
        for handler in handlers:
            handler.handle_raw_input(input_data, META, content_length, boundary, encoding)
        parts = Parts(handlers, encoding or settings.DEFAULT_CHARSET)
        try:
            parts.read(input_data, boundary, content_length)
        except BaseException:
            parts.close()
            for handler in handlers:
                handler.upload_interrupted()
            raise
        parts.fields._mutable = False
        return parts.fields, parts.files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None


def file_name(part: MultipartSegment) -> str | None:
    """What a part's file is called; None for a field. `filename*` (RFC 8187) comes first."""
    if extended := EXTENDED_NAME.search(part["Content-Disposition"]):
        return unquote(extended[2], extended[1], errors="replace")
    return None if part.filename is None else as_text(part.filename)


def as_text(latin: str) -> str:
    """What stands for bytes as the text that they are: UTF-8, or else what older programs write."""
    raw = latin.encode("latin1")
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return latin
