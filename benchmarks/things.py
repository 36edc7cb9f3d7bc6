"""Pictures of other things than faces, out of what Python packages carry, and of backgrounds."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

# Left out for the people in them: astronaut.png, camera.png, grace_hopper.jpg.
SKIMAGE = (
    "brick.png",
    "cell.png",
    "chelsea.png",
    "chessboard_RGB.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "color.png",
    "grass.png",
    "gravel.png",
    "horse.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "logo.png",
    "moon.png",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "page.png",
    "phantom.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)
MATPLOTLIB = ("logo2.png", "Minduka_Present_Blue_Pack.png")
SMALLEST = 160  # pixels: the side of a crop
BACKGROUND = 0.3  # of a portrait's side: its upper corners, beside the head


def things(portraits: Sequence[Path], count: int = 200) -> Iterator[Image.Image]:
    """`count` pictures: each thing whole, then crops of them in turn with corners of portraits."""
    random = np.random.default_rng(0)
    pictures = list(_whole())
    yield from pictures
    for number in range(count - len(pictures)):
        if number % 3 == 0:
            yield _corner(portraits[number // 3 % len(portraits)], is_left=number % 2 == 0)
        else:
            yield _crop(pictures[number % len(pictures)], random)


def _whole() -> Iterator[Image.Image]:
    for name in SKIMAGE:
        yield Image.open(str(files("skimage.data") / name)).convert("RGB")
    for name in MATPLOTLIB:
        yield Image.open(str(files("matplotlib") / "mpl-data/sample_data" / name)).convert("RGB")


def _crop(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A random part of a picture, at least SMALLEST pixels wide where the picture is."""
    longest = min(picture.size)
    side = int(random.uniform(min(SMALLEST, longest), longest))
    left = int(random.integers(picture.width - side + 1))
    top = int(random.integers(picture.height - side + 1))
    return picture.crop((left, top, left + side, top + side))


def _corner(portrait: Path, *, is_left: bool) -> Image.Image:
    with Image.open(portrait) as image:
        side = int(BACKGROUND * image.width)
        left = 0 if is_left else image.width - side
        return image.convert("RGB").crop((left, 0, left + side, side))
