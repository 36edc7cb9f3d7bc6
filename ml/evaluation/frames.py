"""Figures as pandas frames, for notebooks and for the reports of `evaluate_model`.

The site reads a version's history without pandas (`ml.evaluation.history`): its web processes need
nothing else of it.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from ml.evaluation.groups import REPORTED
from ml.evaluation.history import HISTORY
from ml.evaluation.metrics import METRICS


def attributes_frame(metrics: dict[str, Any]) -> pd.DataFrame:
    """What `evaluate` returns for each attribute: a row for each, a column for each figure."""
    return pd.DataFrame.from_dict(metrics["per_attribute"], orient="index", dtype=float)


def overall_frame(metrics: dict[str, Any]) -> pd.DataFrame:
    """The means of all attributes at the decision points, and at 0.5: a row for each metric."""
    at_half = metrics.get("at_half", {})
    rows = [(metrics[each.overall], at_half.get(each.overall)) for each in METRICS]
    names = [each.overall for each in METRICS]
    return pd.DataFrame(rows, index=names, columns=["at_points", "at_half"], dtype=float)


def history_frame(checkpoint: Path) -> pd.DataFrame:
    """The course of a run, from its checkpoint's folder: a row for each epoch.

    Raises:
        OSError: there is none.
        ValueError: it is not a table.
    """
    return pd.read_csv(checkpoint / HISTORY, index_col="epoch")


def groups_in_words(groups: pd.DataFrame) -> pd.DataFrame:
    """What `measure_groups` returns, with each metric and its interval in one cell."""
    words = {
        metric.label: [_in_words(row, metric.overall) for _, row in groups.iterrows()]
        for metric in REPORTED
    }
    return groups[["faces", "people"]].assign(**words)


def _in_words(row: "pd.Series[float]", name: str) -> str:
    """A value and its interval, such as "0.905 (0.901 to 0.910)"; a dash if it is not defined."""
    if pd.isna(row[name]):
        return "-"
    return f"{row[name]:.3f} ({row[f'{name}_low']:.3f} to {row[f'{name}_high']:.3f})"
