"""Faces that commands measure a checkpoint on."""

from pathlib import Path
from typing import Any

from ml.data.celeba import DatasetError, load_faces, read_celeba
from ml.networks.checkpoint import attributes_of
from ml.networks.export import Sample


def valid_faces(
    data_dir: Path,
    config: dict[str, Any],
    *,
    partitions: Path | None = None,
    exclude: Path | None = None,
    quiet: bool = False,
) -> Sample:
    """The faces of the valid partition, cut, scaled and labeled as a checkpoint needs them.

    Raises:
        DatasetError: there are none, a label is unknown, or a picture is damaged.
    """
    network, attributes = config["network"], attributes_of(config)
    faces = read_celeba(
        data_dir, partitions=partitions, exclude=exclude, attributes=attributes
    ).partition("valid")
    if not len(faces) or (faces.known is not None and not faces.known.all()):
        raise DatasetError(f"{data_dir}: the valid partition has no faces, or unknown labels")
    pixels = load_faces(faces, network["size"], network["channels"], quiet=quiet)
    return Sample(pixels, faces.targets)
