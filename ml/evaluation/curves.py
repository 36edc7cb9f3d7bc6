"""ROC and precision-recall curves: what an attribute's answers are worth at every threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.evaluation.plots import DPI, MARK, STRONG
from ml.figures import Figure

COLUMNS = 8  # of panels
PANEL = (1.75, 1.95)  # inches


@dataclass(frozen=True)
class Curve:
    """One attribute at each of its T thresholds, from the highest probability down.

    `found` is the share of yes that is found (recall), `false_alarms` the share of no that is
    called yes, `precision` the share of right ones among those called yes. All are (T,).
    """

    thresholds: np.ndarray
    found: np.ndarray
    false_alarms: np.ndarray
    precision: np.ndarray

    @property
    def area(self) -> float:
        """The area under the ROC curve: how often a yes has the higher probability than a no."""
        across, up = np.append(0, self.false_alarms), np.append(0, self.found)
        return float((np.diff(across) * (up[1:] + up[:-1]) / 2).sum())

    @property
    def average_precision(self) -> float:
        """The mean precision over the share that is found."""
        return float((np.diff(self.found, prepend=0) * self.precision).sum())

    def at(self, point: float) -> int | None:
        """The place of the lowest threshold from the decision point up; None if there is none."""
        count = int((self.thresholds >= point).sum())
        return count - 1 if count else None


def make_curve(probabilities: np.ndarray, targets: np.ndarray) -> Curve | None:
    """The curve of one attribute, of (N,) probabilities and targets; None unless both occur."""
    positives = int(targets.sum())
    if positives in (0, len(targets)):
        return None
    order = np.argsort(-probabilities, kind="stable")
    ranked, hits = probabilities[order], np.cumsum(targets[order])
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # last of each run of ties
    called, right = ends + 1, hits[ends]
    return Curve(
        thresholds=ranked[ends],
        found=right / positives,
        false_alarms=(called - right) / (len(targets) - positives),
        precision=right / called,
    )


def plot_curves(
    probabilities: np.ndarray,
    targets: np.ndarray,
    names: Sequence[str],
    points: np.ndarray,
    folder: Path,
) -> None:
    """Write `roc.png` and `precision-recall.png`: a panel for each attribute.

    Takes (N, A) probabilities and targets, and (A,) decision points, which are marked.
    """
    roc, precision_recall = [], []
    for name, each, answers, point in zip(names, probabilities.T, targets.T, points, strict=True):
        curve, share = make_curve(each, answers), float(answers.mean())
        if curve is None:
            continue
        at = curve.at(point)
        roc.append(Panel(name, curve.false_alarms, curve.found, curve.area, (0, 1), at))
        precision_recall.append(
            Panel(name, curve.found, curve.precision, curve.average_precision, (share, share), at)
        )
    _plot_panels(roc, "ROC: share of yes found, against share of no called yes", folder / "roc.png")
    _plot_panels(
        precision_recall,
        "Precision, against share of yes found",
        folder / "precision-recall.png",
    )


@dataclass(frozen=True)
class Panel:
    """The curve of an attribute from `across` and `up`, its area, and what a guess would reach.

    `at` is the place of the decision point.
    """

    name: str
    across: np.ndarray
    up: np.ndarray
    area: float
    guess: tuple[float, float]
    at: int | None


def _plot_panels(panels: Sequence[Panel], title: str, file: Path) -> None:
    lines = max(1, -(-len(panels) // COLUMNS))
    figure = Figure(figsize=(PANEL[0] * COLUMNS, 0.6 + PANEL[1] * lines), layout="constrained")
    places = figure.subplots(lines, COLUMNS, squeeze=False, sharex=True, sharey=True).ravel()
    for axes in places[len(panels) :]:
        axes.axis("off")
    for axes, panel in zip(places, panels, strict=False):
        axes.plot([0, 1], panel.guess, color="gray", linestyle="--", linewidth=0.8)
        axes.plot(panel.across, panel.up, color=STRONG, linewidth=1.2)
        if panel.at is not None:
            axes.plot(panel.across[panel.at], panel.up[panel.at], color=MARK, marker="o", ms=4)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.set_title(f"{panel.name}\n{panel.area:.3f}", fontsize=8)
    figure.suptitle(f"{title}. Dot: the decision point; dashed: a guess; number: the area.")
    figure.savefig(file, dpi=DPI)
