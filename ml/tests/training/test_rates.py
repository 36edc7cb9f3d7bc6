import csv
from math import inf, nan

import pytest

from ml.tests.training.test_trainer import QUICK, make_trainer
from ml.training import rates
from ml.training.rates import find_rate


@pytest.mark.slow
def test_growing_rates_are_tried_until_the_loss_rises(tmp_path):
    trainer = make_trainer(tmp_path, QUICK.changed({"optimizer": "adamw", "epochs": 1}))

    said = find_rate(trainer, tmp_path / "rates")

    with (tmp_path / "rates" / "rates.csv").open() as file:
        tried = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    suggested = float(said.rsplit(" ", 1)[1])
    assert tried == sorted(tried) and tried[0] == pytest.approx(rates.LOWEST)
    assert 1e-5 < suggested < 0.1
    assert (tmp_path / "rates" / "rates.png").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"rates"}  # no snapshot


@pytest.mark.parametrize("bad", [nan, inf, 99.0])
def test_the_test_ends_where_the_loss_diverges(bad):
    losses, smoothed = rates._until_diverged([0.7, 0.6, 0.5, bad, 0.4])

    assert losses == [0.7, 0.6, 0.5]
    assert smoothed[0] == pytest.approx(0.7)
    assert 0.5 < smoothed[-1] < 0.7


def test_a_loss_that_is_never_finite_is_refused(tmp_path, monkeypatch):
    trainer = make_trainer(tmp_path)
    monkeypatch.setattr(trainer, "try_rates", lambda tried: [nan])

    with pytest.raises(FloatingPointError, match="not finite at a learning rate of 1e-05"):
        find_rate(trainer, tmp_path)
