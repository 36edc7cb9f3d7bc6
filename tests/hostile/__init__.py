"""Hostile files, made anew each time and always the same: no collection has to be kept.

    for kind, files in kinds():
        for data in files: ...

To add a kind, write a function that yields files, and add it to KINDS of its module.
"""

from collections.abc import Iterator

from tests.hostile import avif, gif, heic, jpeg, metadata, mixed, png, tiff, webp

MODULES = jpeg, png, webp, heic, avif, tiff, gif, metadata, mixed
MOST_BYTES = 26_214_400  # what the site takes by default: anything larger is refused unread


def kinds() -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each kind with its files, of which none is larger than the site takes."""
    for module in MODULES:
        for kind in module.KINDS:
            name = f"{module.__name__.split('.')[-1]}: {kind.__name__.replace('_', ' ')}"
            yield name, (data for data in kind() if len(data) <= MOST_BYTES)
