"""How good predictions are for each group of faces, with intervals by resampling people."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ml.evaluation.metrics import HALF, METRICS, Metric, Predictions

REPORTED = tuple(
    metric for metric in METRICS if metric.is_of_decisions or metric.key == "average_precision"
)
RESAMPLES = 300
TAILS = (2.5, 97.5)  # percentiles: the interval holds 95 % of the resamples
EVERYBODY = "all"

Group = tuple[str, np.ndarray]  # its name, and the rows of its faces


def measure_groups(
    probabilities: np.ndarray,
    targets: np.ndarray,
    names: Sequence[str],
    by: Sequence[str] = (),
    *,
    points: np.ndarray | float = HALF,
    persons: np.ndarray | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """The means of all attributes' metrics, for all faces and for each group of them.

    Faces of one person resemble each other, so people are drawn, with replacement and with all
    their faces (the cluster bootstrap of Davison and Hinkley 1997, section 3.8). A resample leaves
    out attributes of which it has one answer only, as all means do.

    Args:
        probabilities: (N, A), as `names` orders the attributes.
        targets: (N, A) of 0 and 1.
        names: of the attributes.
        by: attributes whose answers make the groups, each combination one.
        points: (A,) decision points, or one for all.
        persons: (N,) numbers; -1 where it is unknown who it is. None: each face by itself.
        seed: of the resamples.

    Returns:
        A row for each group that has a face: its `faces` and `people`, each metric, and the ends of
        its interval in columns that end in `_low` and `_high`.
    """
    predictions = Predictions(probabilities, targets.astype(bool), points)
    known = np.full(len(targets), -1) if persons is None else persons
    random = np.random.default_rng(seed)
    columns = [names.index(name) for name in by]
    rows = {
        name: _measure(predictions, faces, known[faces], random)
        for name, faces in _groups(predictions.targets[:, columns], by)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _groups(answers: np.ndarray, by: Sequence[str]) -> Iterator[Group]:
    """All faces, then those of each combination of (N, G) answers, that of every yes first."""
    yield EVERYBODY, np.arange(len(answers))
    if by:
        for combination in np.unique(answers, axis=0)[::-1]:
            words = (
                name if is_yes else f"not {name}"
                for name, is_yes in zip(by, combination, strict=True)
            )
            yield ", ".join(words), np.flatnonzero((answers == combination).all(1))


def _measure(
    predictions: Predictions, faces: np.ndarray, persons: np.ndarray, random: np.random.Generator
) -> dict[str, float]:
    people = _by_person(faces, persons)
    drawn = (random.integers(0, len(people), len(people)) for _ in range(RESAMPLES))
    resamples = np.array(
        [_means(predictions.take(np.concatenate([people[one] for one in draw]))) for draw in drawn]
    )
    row: dict[str, float] = {"faces": len(faces), "people": len(people)}
    found = zip(REPORTED, _means(predictions.take(faces)), resamples.T, strict=True)
    for metric, value, values in found:
        key, (low, high) = metric.overall, _interval(values)
        row |= {key: value, f"{key}_low": low, f"{key}_high": high}
    return row


def _interval(values: np.ndarray) -> tuple[float, float]:
    """Where 95 % of the values are; NaN if there is none."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, TAILS)
    return float(low), float(high)


def _by_person(faces: np.ndarray, persons: np.ndarray) -> list[np.ndarray]:
    """The rows of each person's faces; a face of nobody known is one by itself."""
    alone = [faces[[row]] for row in np.flatnonzero(persons < 0)]
    known = np.unique(persons[persons >= 0])
    return [faces[persons == person] for person in known] + alone


def _means(predictions: Predictions) -> list[float]:
    return [_mean(metric, predictions) for metric in REPORTED]


def _mean(metric: Metric, predictions: Predictions) -> float:
    """The mean of the attributes for which the metric is defined; NaN if there is none."""
    values = metric.measure(predictions)
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
