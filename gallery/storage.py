"""Where the bytes of pictures are kept."""

import os
from typing import Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage


class Folder(FileSystemStorage):
    """A folder with files that are there whole or not at all; a new one replaces an old one."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        partial = f"{name}.{uuid4().hex}.partial"
        try:
            super()._save(partial, content)  # type: ignore[misc]  # the stubs lack it
            os.replace(self.path(partial), self.path(name))
        except BaseException:
            self.delete(partial)
            raise
        return name


def listed(folder: str) -> tuple[list[str], list[str]]:
    """The folders and the files in a folder of private storage; none if it does not exist."""
    try:
        folders, files = default_storage.listdir(folder)
        return folders, files
    except FileNotFoundError:
        return [], []
