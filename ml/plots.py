"""Plots of a training run, as PNG files."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


def plot_history(history: Sequence[dict[str, float]], folder: Path) -> None:
    """Write `accuracy.png` and `loss.png`: both partitions over the epochs."""
    for metric in ("accuracy", "loss"):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        epochs = [row["epoch"] for row in history]
        axes.plot(epochs, [row[metric] for row in history], label="train")
        axes.plot(epochs, [row[f"valid_{metric}"] for row in history], label="valid")
        axes.set(xlabel="epoch", ylabel=metric, title=f"{metric.capitalize()} over the epochs")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(folder / f"{metric}.png", dpi=120)
