"""Draws what `benchmarks.scale --curve` measured, one file for each store.

python -m benchmarks.draw_scale CURVE ... --svg docs/images/scale.svg
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

PANELS = {
    "Reading, ms": ("first page", "first page, sorted", "first page, rare", "40 counts"),
    "Writing, ms": ("one correction", "new photo", "40 counts after a change"),
    "Database, bytes a face": ("bytes a face",),
    "Process, MB": ("MB for a page and its counts",),
}
COLORS = ("#3949ab", "#d1495b", "#2a9d8f", "#e08e0b")
STYLES = ("-", "--", ":")  # of the stores
INK, PAPER, GRID = "#1f2430", "#ffffff", "#d9dce3"
LOOK = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "scale",  # the same curve gives the same file
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.titlesize": 10,
    "xtick.color": INK,
    "ytick.color": INK,
}


def draw(curves: list[dict[str, Any]]) -> Figure:
    """A panel for each kind of cost, over the number of photos."""
    figure = Figure(figsize=(9, 6.4), layout="constrained", facecolor=PAPER)
    for axes, (title, names) in zip(figure.subplots(2, 2).flat, PANELS.items(), strict=True):
        for curve, style in zip(curves, STYLES, strict=False):
            for name, color in zip(names, COLORS, strict=False):
                draw_line(axes, curve["points"], name, style, color)
        finish(axes, title, names)
    stores = [
        Line2D([], [], color=INK, linestyle=style, label=curve["store"])
        for curve, style in zip(curves, STYLES, strict=False)
    ]
    figure.legend(handles=stores, loc="outside lower center", ncols=len(stores), frameon=False)
    return figure


def draw_line(
    axes: Axes, points: dict[str, dict[str, float]], name: str, style: str, color: str
) -> None:
    sizes = [int(size) for size in points]
    values = [point[name] for point in points.values()]
    axes.plot(sizes, values, style, color=color, marker="o", markersize=3)


def finish(axes: Axes, title: str, names: tuple[str, ...]) -> None:
    """Scales, and a legend of the colors where there are several."""
    is_time = title.endswith("ms")
    axes.set(title=title, xscale="log", yscale="log" if is_time else "linear", xlabel="photos")
    if not is_time:
        axes.set_ylim(bottom=0)
    axes.set_facecolor(PAPER)
    axes.grid(color=GRID, linewidth=0.6)
    if len(names) > 1:
        lines = [Line2D([], [], color=c, label=n) for n, c in zip(names, COLORS, strict=False)]
        axes.legend(handles=lines, frameon=False, fontsize=8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("curves", type=Path, nargs="+")
    parser.add_argument("--svg", type=Path, required=True)
    options = parser.parse_args()
    curves = [json.loads(file.read_text()) for file in options.curves]
    with matplotlib.rc_context(LOOK):
        draw(curves).savefig(options.svg, metadata={"Date": None})


if __name__ == "__main__":
    main()
