from pathlib import Path

import pytest

from ml.evaluation.history import (
    EPOCH,
    HISTORY,
    is_best,
    is_stalled,
    read_history,
    write_history,
)


def losses(*values: float) -> list[dict[str, float]]:
    return [
        {"epoch": epoch, "valid_loss": value, "valid_calibrated_loss": value}
        for epoch, value in enumerate(values, 1)
    ]


def make_file(folder: Path, text: str) -> Path:
    (folder / HISTORY).write_text(text)
    return folder


def test_the_history_is_one_row_an_epoch(tmp_path):
    rows = read_history(make_file(tmp_path, "epoch,loss,accuracy,rate\n1,0.5,0.8,1\n2,0.4,,1"))

    assert [(row["epoch"], row["loss"], row["accuracy"]) for row in rows] == [
        (1, 0.5, 0.8),
        (2, 0.4, None),
    ]
    assert set(rows[0]) == set(EPOCH)


def test_a_loss_that_is_not_finite_is_no_number(tmp_path):
    row, _ = read_history(make_file(tmp_path, "epoch,loss\n1,nan\n2,inf\n"))

    assert row["loss"] is None


@pytest.mark.parametrize("text", ["", "a picture, say\n\0\n", "loss\n0.5\n"])
def test_a_file_that_is_no_history_has_no_epochs(tmp_path, text):
    assert read_history(make_file(tmp_path, text)) == []


def test_what_is_written_is_read_back(tmp_path):
    write_history(losses(0.5, 0.25), tmp_path)

    rows = read_history(tmp_path)

    assert [(row["epoch"], row["valid_loss"]) for row in rows] == [(1, 0.5), (2, 0.25)]


def test_an_epoch_is_the_best_when_no_other_has_a_lower_loss():
    assert is_best(losses(0.5, 0.4), "loss")
    assert not is_best(losses(0.4, 0.5), "loss")


@pytest.mark.parametrize(("by", "expected"), [("loss", False), ("map", True), ("accuracy", True)])
def test_the_figure_that_was_chosen_decides_which_epoch_is_best(by, expected):
    better = {"valid_mean_average_precision": 0.8, "valid_accuracy": 0.9}
    worse = {"valid_mean_average_precision": 0.7, "valid_accuracy": 0.8}
    first, second = losses(0.4, 0.5)

    assert is_best([first | worse, second | better], by) is expected


def test_the_loss_that_decides_is_the_one_after_temperatures():
    first, second = losses(0.4, 0.5)

    assert is_best([first, second | {"valid_calibrated_loss": 0.3}], "loss")


def test_a_snapshot_of_an_earlier_version_has_only_the_loss_before_temperatures():
    assert is_best([{"valid_loss": 0.5}, {"valid_loss": 0.4}], "loss")


def test_a_figure_that_is_not_defined_is_never_the_best():
    first, second = losses(0.4, 0.5)
    defined = first | {"valid_mean_average_precision": 0.1}

    assert not is_best([defined, second | {"valid_mean_average_precision": None}], "map")


@pytest.mark.parametrize(
    ("values", "patience", "expected"),
    [
        ((0.5, 0.4, 0.41), 2, False),
        ((0.5, 0.4, 0.41, 0.42), 2, True),
        ((0.5, 0.6, 0.7), 0, False),
        ((), 1, False),
    ],
)
def test_a_run_is_stalled_after_as_many_epochs_as_its_patience(values, patience, expected):
    assert is_stalled(losses(*values), patience, "loss") is expected
