"""Training curves, drawn on the server: positions are in percent of the plot."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from gallery.filters.terms import localized
from ml.models import ModelVersion

KINDS = (  # a chart's title, then the name of each line and its column of the history
    (gettext_noop("Loss"), (("train", "loss"), ("valid", "valid_loss"))),
    (gettext_noop("Accuracy"), (("train", "accuracy"), ("valid", "valid_accuracy"))),
)
STEPS = (1, 2, 5, 10)  # between ticks, times a power of ten

Points = list[tuple[float, float]]  # epoch, value


@dataclass(frozen=True)
class Tick:
    place: str
    label: str


@dataclass(frozen=True)
class Line:
    """A curve: `points` for an SVG polyline in a box of 100 x 100, and where it ends."""

    name: str
    points: str
    end_x: str
    end_y: str


@dataclass(frozen=True)
class Chart:
    """One version's curves; `words` describes them for those who cannot see them."""

    version: ModelVersion
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    words: str


@dataclass(frozen=True)
class Axis:
    low: float
    high: float

    def place(self, value: float) -> float:
        """Percent of the way from `low` to `high`."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def ticks(self, most: int) -> list[float]:
        """Round numbers within the axis, at most `most` of them."""
        step = next(step for step in _steps(self.high - self.low) if self._count(step) <= most)
        first = math.ceil(self.low / step - 1e-9)
        return [round((first + number) * step, 10) for number in range(self._count(step))]

    def _count(self, step: float) -> int:
        return math.floor(self.high / step + 1e-9) - math.ceil(self.low / step - 1e-9) + 1


def _steps(span: float) -> Iterable[float]:
    power = 10.0 ** math.floor(math.log10(span) - 1)
    return (step * power * scale for scale in (1, 10, 100) for step in STEPS)


def draw_charts(versions: list[ModelVersion]) -> list[tuple[str, list[Chart]]]:
    """For each kind of chart, one for each version with such a history, all on the same axes."""
    return [
        (gettext(title), charts)
        for title, kind in KINDS
        if (charts := _charts(versions, gettext(title), kind))
    ]


def _charts(
    versions: list[ModelVersion], title: str, kind: tuple[tuple[str, str], ...]
) -> list[Chart]:
    curves = {
        version: {name: points for name, column in kind if (points := _points(version, column))}
        for version in versions
    }
    known = [point for lines in curves.values() for points in lines.values() for point in points]
    if not known:
        return []
    x, y = _axis(epoch for epoch, _ in known), _axis(value for _, value in known)
    return [_chart(version, lines, x, y, title) for version, lines in curves.items() if lines]


def _points(version: ModelVersion, column: str) -> Points:
    return [(row["epoch"], row[column]) for row in version.history if row[column] is not None]


def _axis(values: Iterable[float]) -> Axis:
    """From the lowest to the highest value; one unit long if they are equal."""
    known = list(values)
    low, high = min(known), max(known)
    return Axis(low, high) if high - low > 1e-9 else Axis(low - 0.5, high + 0.5)


def _chart(version: ModelVersion, lines: dict[str, Points], x: Axis, y: Axis, title: str) -> Chart:
    return Chart(
        version=version,
        lines=[_line(name, points, x, y) for name, points in lines.items()],
        x_ticks=[Tick(f"{x.place(at)}%", f"{at:g}") for at in x.ticks(8) if at == int(at)],
        y_ticks=[
            Tick(f"{round(100 - y.place(at), 2)}%", localized(f"{at:g}")) for at in y.ticks(5)
        ],
        words=gettext("%(title)s of %(version)s: %(lines)s")
        % {
            "title": title,
            "version": version,
            "lines": "; ".join(_words(*line) for line in lines.items()),
        },
    )


def _line(name: str, points: Points, x: Axis, y: Axis) -> Line:
    places = [(x.place(epoch), round(100 - y.place(value), 2)) for epoch, value in points]
    end_x, end_y = places[-1]
    return Line(name, " ".join(f"{a},{b}" for a, b in places), f"{end_x}%", f"{end_y}%")


def _words(name: str, points: Points) -> str:
    (first, start), (last, end) = points[0], points[-1]
    words = gettext("%(name)s from %(start)s in epoch %(first)s to %(end)s in epoch %(last)s")
    if len(points) == 1:
        words = gettext("%(name)s %(end)s in epoch %(last)s")
    return words % {
        "name": name,
        "start": localized(f"{start:.3f}"),
        "first": f"{first:g}",
        "end": localized(f"{end:.3f}"),
        "last": f"{last:g}",
    }
