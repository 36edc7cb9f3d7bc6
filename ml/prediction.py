"""What a model says of picture files, as `manage.py predict` and `ml.batch` both write it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from ml.colors import UnknownColors, in_srgb, note_colors
from ml.engine import Engine, get_engine, score
from ml.faces.boxes import FaceBox, Sighting
from ml.faces.detectors import find_and_crop, load_detector
from ml.preprocessing import DECODER_ERRORS, flattened

BOX = ("x", "y", "w", "h")
DECIMALS = 4  # of what is written: more would be noise

BEST = 0.75  # from this probability up, `best_pred` names an attribute
DEFAULT = Path(__file__).parent / "checkpoints/default"

register_heif_opener()


class Unreadable(ValueError):
    """A file is not a picture, or a damaged one; the message says which."""


@dataclass(frozen=True)
class Answer:
    """One face of one file; `number` counts the file's faces from 1, largest first."""

    file: str
    number: int
    box: FaceBox
    probabilities: dict[str, float]

    def above(self, threshold: float | Mapping[str, float]) -> dict[str, float]:
        """The attributes at or above the threshold, or each its own; the most probable first."""
        ranked = sorted(self.probabilities.items(), key=lambda pair: -pair[1])
        if not isinstance(threshold, Mapping):
            threshold = dict.fromkeys(self.probabilities, threshold)
        return {name: value for name, value in ranked if value >= threshold[name]}


def answers(sightings: Sequence[tuple[str, Sighting]], engine: Engine) -> Iterator[Answer]:
    """What the model says of each face of files with these names, from one forward pass.

    Raises:
        EngineError: the engine's answer is not one probability for each attribute of each face.
    """
    scores = score([sighting for _, sighting in sightings], engine)
    for (file, _), rows in zip(sightings, scores, strict=True):
        for number, (box, row) in enumerate(rows.items(), 1):
            yield Answer(file, number, box, dict(zip(engine.attributes, row.tolist(), strict=True)))


def pred(
    picture: str | Path | IO[bytes] | Image.Image, checkpoint: str | Path = DEFAULT
) -> dict[str, float]:
    """The probability of each attribute, by its name, of the largest face in a picture.

    Without a face that is found, the whole picture is taken for one. The model and the networks
    that find faces are loaded by the first call.

    Args:
        picture: a file, or one that is open already.
        checkpoint: the folder of the model.

    Raises:
        Unreadable: the file is not a picture, or a damaged one.
        CheckpointError: the checkpoint cannot be used.
    """
    sighting = find_and_crop(_opened(picture), load_detector())
    found = answers([("", sighting)], get_engine(Path(checkpoint)))
    return next(found).probabilities


def best_pred(
    picture: str | Path | IO[bytes] | Image.Image, checkpoint: str | Path = DEFAULT
) -> dict[str, float]:
    """Those of `pred` from 0.75 up, the most probable first."""
    best = {name: value for name, value in pred(picture, checkpoint).items() if value >= BEST}
    return dict(sorted(best.items(), key=lambda pair: -pair[1]))


def _opened(picture: str | Path | IO[bytes] | Image.Image) -> Image.Image:
    if isinstance(picture, Image.Image):
        return flattened(picture).convert("RGB")
    return open_picture(Path(picture) if isinstance(picture, str) else picture)


def open_picture(file: Path | IO[bytes]) -> Image.Image:
    """A picture of any format that Pillow reads, upright and in sRGB.

    Raises:
        Unreadable: it is none, or is damaged.
    """
    try:
        with Image.open(file) as opened:
            note_colors(opened)
            return in_srgb(ImageOps.exif_transpose(opened))
    except UnidentifiedImageError as error:
        raise Unreadable("not a picture") from error
    except UnknownColors as error:
        raise Unreadable(f"colors that cannot be read: {error}") from error
    except (*DECODER_ERRORS, Image.DecompressionBombError) as error:
        raise Unreadable(str(error) or "a damaged picture") from error


def rounded(values: dict[str, float]) -> dict[str, float]:
    """The values with as many decimals as are written."""
    return {name: round(value, DECIMALS) for name, value in values.items()}
