import numpy as np
import pytest

from ml.evaluation.groups import measure_groups

NAMES = ("Male", "Young", "Smiling")


def faces_of(people: int, each: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities, targets and persons; whether an answer is right depends on the person."""
    random = np.random.default_rng(0)
    persons = np.repeat(np.arange(people), each)
    targets = random.integers(0, 2, (len(persons), len(NAMES)))
    is_right = random.random((people, 1)) < 0.8
    return np.where(is_right[persons], targets, 1 - targets) * 0.8 + 0.1, targets, persons


def test_each_combination_of_answers_is_a_group_beside_all_faces():
    probabilities, targets, persons = faces_of(12)

    groups = measure_groups(probabilities, targets, NAMES, ("Male", "Young"), persons=persons)

    assert list(groups.index) == [
        "all",
        "Male, Young",
        "Male, not Young",
        "not Male, Young",
        "not Male, not Young",
    ]
    assert groups.faces.iloc[0] == groups.faces.iloc[1:].sum() == 120
    assert groups.people.iloc[0] == 12
    is_right = (probabilities >= 0.5) == targets
    of_men = (targets[:, 0] == 1) & (targets[:, 1] == 0)
    assert groups.accuracy["Male, not Young"] == pytest.approx(is_right[of_men].mean())


def test_an_interval_is_around_its_figure():
    probabilities, targets, persons = faces_of(30)

    row = measure_groups(probabilities, targets, NAMES, persons=persons).loc["all"]

    for name in ("accuracy", "balanced_accuracy", "macro_f1", "mean_average_precision"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]
    # 30 people of whom 0.8 are judged right: a standard error of 0.073, 1.96 of it either way.
    assert row.accuracy_high - row.accuracy_low == pytest.approx(2 * 1.96 * 0.073, rel=0.25)


def test_people_are_fewer_than_faces_so_their_interval_is_wider():
    probabilities, targets, persons = faces_of(30)

    def width(persons) -> float:
        row = measure_groups(probabilities, targets, NAMES, persons=persons).loc["all"]
        return row.accuracy_high - row.accuracy_low

    assert width(persons) > 2 * width(None)
    assert width(np.full(len(targets), -1)) == width(None)


def test_the_same_seed_gives_the_same_intervals():
    first, second = (measure_groups(*faces_of(8)[:2], NAMES, seed=seed) for seed in (1, 1))

    assert first.equals(second)
