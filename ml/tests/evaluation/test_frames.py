import numpy as np

from ml.attributes import NAMES
from ml.evaluation.frames import attributes_frame, groups_in_words, history_frame, overall_frame
from ml.evaluation.groups import measure_groups
from ml.evaluation.history import write_history
from ml.evaluation.metrics import evaluate


def measured() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, (20, len(NAMES)))
    targets[:, 0] = 0
    return random.random((20, len(NAMES))), targets


def test_metrics_are_a_row_for_each_attribute_with_gaps_where_undefined():
    frame = attributes_frame(evaluate(*measured()))

    assert list(frame.index) == list(NAMES)
    assert np.isnan(frame.f1[NAMES[0]])
    assert frame.accuracy.between(0, 1).all()


def test_the_means_are_at_the_points_and_at_half():
    metrics = evaluate(*measured(), np.full(len(NAMES), 0.2))

    frame = overall_frame(metrics)

    assert frame.at_points["accuracy"] == metrics["accuracy"]
    assert frame.at_half["accuracy"] == metrics["at_half"]["accuracy"]
    assert np.isnan(frame.at_half["brier"])  # no decision is in it


def test_the_history_of_a_run_is_a_row_for_each_epoch(tmp_path):
    write_history([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}], tmp_path)

    assert history_frame(tmp_path).loss.to_dict() == {1: 0.5, 2: 0.25}


def test_groups_in_words_have_the_interval_in_the_cell():
    groups = measure_groups(*measured(), NAMES, ["Male"])

    words = groups_in_words(groups)

    assert list(words.columns)[:3] == ["faces", "people", "Accuracy"]
    assert words.loc["all", "Accuracy"].startswith(f"{groups.accuracy['all']:.3f} (")
