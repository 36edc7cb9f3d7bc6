"""How well faces are found and answered for: portraits as they are, turned, and in montages.

    python -m benchmarks.faces --portraits DIR [--yunet FILE] [--rows N] [--kinds upright "rows of"]
        [--checkpoint DIR]

DIR holds `images/` with one face in each picture, and `list_attr_celeba.csv` with their labels.
`exactly` means one box on each face and no other. Milliseconds are of the detector alone, a
picture. The rival is OpenCV's frontal cascade with its usual parameters, on pictures reduced to
1024 pixels.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFilter

from benchmarks.figures import Figure, compared, parser, report
from benchmarks.things import things
from ml.data.celeba import read_celeba
from ml.engine import Engine, get_engine
from ml.faces.boxes import Candidate, FaceBox, crop_face
from ml.faces.detectors import Detector, find_faces, load_detector

SHIFTS = ((0.8, 0.7), (0.1, 0.2), (0.9, 0.1), (0.5, 0.9))  # shares of the room that is left
FILLS = ("black", "gray", "blurred", "white")
SIZE = (1024, 768)  # of the frame that a turned portrait is pasted into
TILE = (480, 480)  # pixels of a portrait in a montage
CROWD, CROWD_TILE = (16, 10), (187, 200)  # rows of people in a photo of 3000 by 2000 pixels
CROWDS = 3  # such photos
REDUCED = 1024  # pixels: the longest side that the cascade gets

Points = list[tuple[float, float]]  # where faces are, in fractions of the picture
Picture = tuple[Image.Image, Points, list[int]]  # with the row of each face


@dataclass
class Row:
    """What was counted over the pictures of one kind."""

    pictures: int = 0
    faces: int = 0
    found: int = 0
    exact: int = 0
    extra: int = 0
    seconds: float = 0.0
    right: list[float] = field(default_factory=list)

    def line(self, kind: str) -> str:
        accuracy = f"{np.mean(self.right):.4f}" if self.right else "-"
        return (
            f"{kind:<22}{self.pictures:>9}{self.found:>7} of {self.faces:<6}"
            f"{self.exact / self.pictures:>12.1%}{self.extra:>7}{accuracy:>10}"
            f"{1000 * self.seconds / self.pictures:>8.0f}"
        )


class Cascade:
    """OpenCV's cascade for faces from the front, as its documentation uses it."""

    name = "haar"

    def __init__(self) -> None:
        self.cascade = cv2.CascadeClassifier(
            cv2.data.haarcascades + "haarcascade_frontalface_default.xml"
        )

    def find(self, image: Image.Image) -> list[Candidate]:
        scale = max(1.0, max(image.size) / REDUCED)
        gray = image.convert("L").resize([round(side / scale) for side in image.size])
        found = self.cascade.detectMultiScale(np.asarray(gray), 1.1, 5)
        found_at = scale * np.reshape(found, (-1, 4))  # OpenCV gives an empty tuple for none
        return [Candidate(x + w / 2, y + h / 2, w, 0.0, 1.0) for x, y, w, h in found_at]


def turned(image: Image.Image, degrees: float, number: int) -> tuple[Image.Image, Points]:
    """A portrait turned clockwise, at half its size, off the centre of a frame of 4 to 3."""
    fill, shift = FILLS[number % len(FILLS)], SHIFTS[number // len(FILLS) % len(SHIFTS)]
    back = image.resize(SIZE) if fill == "blurred" else Image.new("RGB", SIZE, fill)
    if fill == "blurred":
        back = back.filter(ImageFilter.GaussianBlur(30))
    pasted, mask = (
        picture.rotate(-degrees, Image.Resampling.BICUBIC, expand=True).resize(
            _half(image, degrees), Image.Resampling.LANCZOS
        )
        for picture in (image, Image.new("L", image.size, 255))
    )
    room = (SIZE[0] - pasted.width, SIZE[1] - pasted.height)
    left, top = int(room[0] * shift[0]), int(room[1] * shift[1])
    back.paste(pasted, (left, top), mask)
    centre = (left + pasted.width / 2) / SIZE[0], (top + pasted.height / 2) / SIZE[1]
    return back, [centre]


def _half(image: Image.Image, degrees: float) -> tuple[int, int]:
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    width = image.width * cos + image.height * sin
    height = image.width * sin + image.height * cos
    scale = 512 / max(image.size)
    return round(width * scale), round(height * scale)


def montage(
    images: list[Image.Image], across: int | None = None, tile: tuple[int, int] = TILE
) -> tuple[Image.Image, Points]:
    """Portraits side by side, in rows of `across`; by default two or three."""
    across = across or math.ceil(math.sqrt(len(images)))
    down = math.ceil(len(images) / across)
    picture = Image.new("RGB", (across * tile[0], down * tile[1]))
    points = []
    for number, image in enumerate(images):
        row, column = divmod(number, across)
        picture.paste(image.resize(tile), (column * tile[0], row * tile[1]))
        points.append(((column + 0.5) / across, (row + 0.5) / down))
    return picture, points


def kinds(files: list[Path]) -> Iterator[tuple[str, Callable[[], Iterator[Picture]]]]:
    """Each kind of picture by its name, and what makes its pictures."""

    def upright() -> Iterator[Picture]:
        for number, file in enumerate(files):
            yield _open(file), [(0.5, 0.5)], [number]

    def tilted(degrees: float) -> Iterator[Picture]:
        for number, file in enumerate(files):
            yield *turned(_open(file), degrees, number), [number]

    def several(count: int) -> Iterator[Picture]:
        for start in range(0, len(files) - count + 1, count):
            rows = list(range(start, start + count))
            yield *montage([_open(files[row]) for row in rows]), rows

    def crowds() -> Iterator[Picture]:
        for seed in range(CROWDS):
            rows = np.random.default_rng(seed).integers(len(files), size=math.prod(CROWD)).tolist()
            picture, points = montage([_open(files[row]) for row in rows], CROWD[0], CROWD_TILE)
            yield picture, points, rows

    yield "upright", upright
    for degrees in (-15.0, 15.0, -30.0, 30.0):
        yield f"turned {degrees:+.0f}, halved", lambda degrees=degrees: tilted(degrees)
    for count in (2, 4, 9):
        yield f"montage of {count}", lambda count=count: several(count)
    yield f"rows of {CROWD[0]}", crowds
    yield "without a face", lambda: _faceless(files)
    yield "other things", lambda: ((picture, [], []) for picture in things(files))


def _faceless(files: list[Path]) -> Iterator[Picture]:
    """The lower eighth of portraits: shoulders, hair and background."""
    for file in files:
        image = _open(file)
        yield image.crop((0, image.height * 7 // 8, image.width, image.height)), [], []


def _open(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


def measure(
    detector: Detector, engine: Engine, targets: np.ndarray, pictures: Iterator[Picture]
) -> Row:
    """Count what is found in pictures, and how many of the 40 answers are right."""
    row = Row()
    for image, points, rows in pictures:
        started = time.perf_counter()
        boxes = find_faces(image, detector)
        row.seconds += time.perf_counter() - started
        boxes = [box for box in boxes if box.detector != "whole"]
        pairs = [(at, box) for at, point in enumerate(points) for box in boxes if _on(box, point)]
        found = dict(reversed(pairs))
        row.pictures += 1
        row.faces += len(points)
        row.found += len(found)
        row.extra += len(boxes) - len(found)
        row.exact += len(found) == len(points) == len(boxes)
        answers = engine.predict([crop_face(image, box) for box in found.values()])
        for at, answer in zip(found, answers, strict=True):
            row.right.append(float(((answer >= 0.5) == targets[rows[at]]).mean()))
    return row


def _on(box: FaceBox, point: tuple[float, float]) -> bool:
    """Whether a box lies on the portrait whose middle is at `point`."""
    return (
        abs(box.x + box.w / 2 - point[0]) < box.w / 2
        and abs(box.y + box.h / 2 - point[1]) < box.h / 2
    )


def against_cascade(kind: str, own: Row, other: Row) -> Iterator[Figure]:
    """What a kind of pictures takes, and how many of its pictures are right."""
    exact, times = (
        [[value(row)] for row in (own, other)]
        for value in (
            lambda row: 100 * row.exact / row.pictures,
            lambda row: 1000 * row.seconds / row.pictures,
        )
    )
    # Where the rival gets no picture right, there is no ratio.
    if exact[1][0]:
        yield compared(f"exactly the faces, {kind}", "%", exact[0], "OpenCV cascade", exact[1])
    yield compared(f"finding faces, {kind}", "ms", times[0], "OpenCV cascade", times[1])


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--portraits", type=Path, required=True)
    arguments.add_argument("--yunet", type=Path)
    arguments.add_argument("--rows", type=int, help="only so many portraits")
    arguments.add_argument("--kinds", nargs="+", default=[""], help="only names that begin so")
    arguments.add_argument("--checkpoint", type=Path, default=Path("ml/checkpoints/default"))
    options = arguments.parse_args()
    portraits = read_celeba(options.portraits)
    files = portraits.files[: options.rows]
    engine, detectors = get_engine(options.checkpoint), (load_detector(options.yunet), Cascade())
    print(f"{'':<29}{'pictures':>9}{'found':>10}{'':<7}", end="")
    print(f"{'exactly':>9}{'extra':>7}{'accuracy':>10}{'ms':>8}")
    figures: list[Figure] = []
    for kind, make in kinds(files):
        if not kind.startswith(tuple(options.kinds)):
            continue
        rows = [measure(found, engine, portraits.targets, make()) for found in detectors]
        for found, row in zip(detectors, rows, strict=True):
            print(f"{found.name:<7}{row.line(kind)}", flush=True)
        figures += against_cascade(kind, *rows)
    report(figures, options.json)


if __name__ == "__main__":
    main()
