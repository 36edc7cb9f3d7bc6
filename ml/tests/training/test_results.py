import sys

import pytest

from ml.training.results import Reporter

ROW = {"epoch": 1, "loss": 0.5, "valid_loss": 0.4}


def test_the_course_of_a_run_is_written_as_csv_and_for_tensorboard(tmp_path):
    report = Reporter(tmp_path, tmp_path / "tensorboard")

    report([ROW])
    report([ROW, {**ROW, "epoch": 2}])

    assert (tmp_path / "history.csv").read_text().split() == [
        "epoch,loss,valid_loss",
        "1,0.5,0.4",
        "2,0.5,0.4",
    ]
    assert list((tmp_path / "tensorboard").glob("events.out.tfevents.*"))


def test_a_missing_tensorboard_is_told_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)

    with pytest.raises(ValueError, match="pip install tensorboard"):
        Reporter(tmp_path, tmp_path / "tensorboard")
