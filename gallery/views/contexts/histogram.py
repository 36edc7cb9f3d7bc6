"""The histogram above the slider of an attribute's own threshold."""

import math
from dataclasses import dataclass

from gallery.filters.histogram import BINS, count_bins
from gallery.views.contexts.collection import Collection
from ml.models import ModelVersion

WIDTH, HEIGHT = 200, 36  # of the drawing, whose widths are parts of the slider's


@dataclass(frozen=True)
class Bar:
    """The faces whose probability is between two percentages."""

    x: float
    y: float
    height: float
    faces: int
    low: int
    high: int


@dataclass(frozen=True)
class Histogram:
    bars: list[Bar]
    ticks: list[float]  # the model's thresholds of no and yes
    width: int = WIDTH
    height: int = HEIGHT
    bar_width: float = WIDTH / BINS - 1


def make_histogram(
    collection: Collection, attribute: str, version: ModelVersion | None
) -> Histogram:
    """Of all the collection's faces.

    Heights follow the square root: most faces are near 0 or 1, and the few between are what a
    threshold is about.
    """
    counts = count_bins(collection.faces(), attribute)
    most = max(counts)
    bars = []
    for place, count in enumerate(counts):
        height = round(HEIGHT * math.sqrt(count / most), 1) if count else 0
        low = 100 * place // BINS
        x = WIDTH * place / BINS
        bars.append(Bar(x, round(HEIGHT - height, 1), height, count, low, low + 100 // BINS))
    thresholds = version.thresholds_of(attribute) if version else None
    ticks = [round(WIDTH * at, 1) for at in (thresholds.no, thresholds.yes)] if thresholds else []
    return Histogram(bars=[bar for bar in bars if bar.faces], ticks=ticks)
