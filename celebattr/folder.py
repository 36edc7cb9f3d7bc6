"""Pictures in a folder of the machine."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


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

    def names(self) -> Iterator[str]:
        """The name of every file, a folder at a time."""
        for folder, _, files in os.walk(self.location):
            inside = Path(folder).relative_to(self.location)
            yield from ((inside / file).as_posix() for file in files)
