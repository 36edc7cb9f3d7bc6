from ml.training.results import Reporter

ROW = {"epoch": 1, "loss": 0.5, "valid_loss": 0.4}


def test_the_course_of_a_run_is_written_as_csv_and_told_to_a_tracker(tmp_path):
    told = []
    report = Reporter(tmp_path, told.append)

    report([ROW])
    report([ROW, {**ROW, "epoch": 2}])

    assert (tmp_path / "history.csv").read_text().split() == [
        "epoch,loss,valid_loss",
        "1,0.5,0.4",
        "2,0.5,0.4",
    ]
    assert [row["epoch"] for row in told] == [1, 2]
