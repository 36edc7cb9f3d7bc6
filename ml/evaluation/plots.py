"""Plots of a training run and of a measurement, as PNG files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml.attributes import NAMES
from ml.evaluation.metrics import CALIBRATION_BINS
from ml.figures import Axes, Figure, MaxNLocator

DPI = 120
PLAIN, STRONG, MARK = "#9ecae1", "#2171b5", "#d94801"  # color-blind people can tell them apart
MOST_MISTAKES = 40
MOST_OF_ONE_ATTRIBUTE = 2  # else the attribute with the worst labels fills the sheet
MISTAKES_A_ROW = 8

Mistake = tuple[int, int]  # row of the face, column of the attribute


def plot_history(history: Sequence[dict[str, float]], folder: Path) -> None:
    """Write `accuracy.png` and `loss.png`: curves of both partitions."""
    for metric in ("accuracy", "loss"):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        epochs = [row["epoch"] for row in history]
        for name, key in (("train", metric), ("valid", f"valid_{metric}")):
            axes.plot(epochs, [row[key] for row in history], marker=".", label=name)
        axes.set(xlabel="epoch", ylabel=metric, title=f"{metric.capitalize()} over the epochs")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(folder / f"{metric}.png", dpi=DPI)


def plot_rates(
    rates: Sequence[float],
    losses: Sequence[float],
    smoothed: Sequence[float],
    suggested: float,
    folder: Path,
) -> None:
    """Write `rates.png`: the loss at each learning rate tried, and the one that is suggested."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(rates, losses, color=PLAIN, label="loss of a step")
    axes.plot(rates, smoothed, color=STRONG, label="smoothed")
    axes.axvline(suggested, color=MARK, label=f"suggested: {suggested:.1g}")
    axes.set(xscale="log", xlabel="learning rate", ylabel="loss", title="Loss at growing rates")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(folder / "rates.png", dpi=DPI)


def plot_attributes(metrics: dict[str, Any], folder: Path) -> None:
    """Write `attributes.png`: each attribute's accuracies, beside always saying the majority.

    `metrics` is what `evaluate` returns. The best balanced accuracy is on top.
    """
    columns = metrics["per_attribute"]
    names = sorted(columns, key=lambda name: columns[name]["balanced_accuracy"] or 0.0)
    balanced, plain, majority = (
        100 * np.array([columns[name][key] for name in names], dtype=float)  # nan for None
        for key in ("balanced_accuracy", "accuracy", "majority")
    )
    figure = Figure(figsize=(10, 3 + len(names) / 5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_bars(left, "Balanced accuracy", balanced, np.full(len(names), 50.0))
    _draw_bars(right, "Accuracy", plain, majority)
    left.set_yticks(np.arange(len(names)), names)
    left.plot([], [], color=MARK, linewidth=2, label="always saying the majority")
    figure.legend(loc="outside lower center", frameon=False)
    figure.suptitle(f"{metrics['images']:,} faces, at the decision points")
    figure.savefig(folder / "attributes.png", dpi=DPI)


def _draw_bars(axes: Axes, title: str, values: np.ndarray, majority: np.ndarray) -> None:
    rows = np.arange(len(values))
    axes.barh(rows, values, color=PLAIN)
    for row, value in enumerate(values):
        axes.text(1, row, "-" if np.isnan(value) else f"{value:.1f}", va="center", fontsize=8)
    axes.vlines(majority, rows - 0.45, rows + 0.45, color=MARK, linewidth=2)
    axes.set(title=title, xlabel="%", xlim=(0, 100), ylim=(-0.6, len(rows) - 0.4))
    axes.grid(axis="x", alpha=0.3)


def plot_calibration(probabilities: np.ndarray, targets: np.ndarray, folder: Path) -> None:
    """Write `calibration.png`: the share of yes against the stated probability, and a histogram.

    Takes (N, A) probabilities and targets, and draws all attributes together.
    """
    stated, truth = probabilities.ravel(), targets.ravel().astype(float)
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    counts = np.histogram(stated, edges)[0]
    filled = counts > 0
    means = [
        np.histogram(stated, edges, weights=weights)[0][filled] / counts[filled]
        for weights in (stated, truth)
    ]
    figure = Figure(figsize=(6, 7.5), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color="gray", linestyle="--", label="perfect")
    upper.plot(*means, color=STRONG, marker="o", label="this model")
    upper.set(ylabel="share of yes", xlim=(0, 1), ylim=(0, 1))
    upper.set_title(f"Calibration: {len(probabilities):,} faces, all attributes")
    upper.legend(loc="upper left")
    lower.bar(edges[:-1], counts, 1 / CALIBRATION_BINS, align="edge", color=PLAIN, edgecolor="w")
    lower.set(xlabel="stated probability of yes", ylabel="answers", yscale="log", ylim=(1, None))
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    figure.savefig(folder / "calibration.png", dpi=DPI)


def plot_mistakes(
    pixels: torch.Tensor,
    probabilities: np.ndarray,
    targets: np.ndarray,
    folder: Path,
    names: Sequence[str] = NAMES,
) -> None:
    """Write `mistakes.png`: the most certain wrong answers, each with its face.

    Takes (N, C, S, S) uint8 faces and their (N, A) probabilities and targets. Each face appears
    once and each attribute MOST_OF_ONE_ATTRIBUTE times, so that the mistakes differ.
    """
    mistakes = worst_mistakes(probabilities, targets)
    lines = max(1, -(-len(mistakes) // MISTAKES_A_ROW))
    # 0.7 inches for the title, 2.3 for each row of faces.
    figure = Figure(figsize=(14, 0.7 + 2.3 * lines), layout="constrained")
    places = figure.subplots(lines, MISTAKES_A_ROW, squeeze=False).ravel()
    for axes in places:
        axes.axis("off")
    for axes, (row, column) in zip(places, mistakes, strict=False):
        face = pixels[row].permute(1, 2, 0).numpy()
        axes.imshow(face, cmap="gray", vmin=0, vmax=255)
        answer = "yes" if targets[row, column] else "no"
        stated = 100 * probabilities[row, column]
        axes.set_title(f"{names[column]}\nstated {stated:.1f} %, label {answer}", fontsize=9)
    words = "The most certain wrong answers" if mistakes else "No wrong answers"
    figure.suptitle(f"{words}, of {len(probabilities):,} faces")
    figure.savefig(folder / "mistakes.png", dpi=DPI)


def worst_mistakes(probabilities: np.ndarray, targets: np.ndarray) -> list[Mistake]:
    """The wrong answers at 0.5 to show, most certain first."""
    is_wrong = (probabilities >= 0.5) != targets.astype(bool)
    rows, columns = np.nonzero(is_wrong)
    order = np.argsort(-np.abs(probabilities - targets)[is_wrong], kind="stable")
    shown: list[Mistake] = []
    seen, count = set(), dict.fromkeys(range(targets.shape[1]), 0)
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row in seen or count[column] == MOST_OF_ONE_ATTRIBUTE:
            continue
        shown.append((row, column))
        seen.add(row)
        count[column] += 1
        if len(shown) == MOST_MISTAKES:
            break
    return shown
