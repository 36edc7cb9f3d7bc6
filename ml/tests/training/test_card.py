import shutil

from django.conf import settings

from ml.evaluation.metrics import METRICS
from ml.networks.checkpoint import read_config
from ml.training.card import CARD, write_card

SHIPPED = settings.BASE_DIR / "ml" / "checkpoints" / "default"


def test_the_shipped_card_is_what_its_config_gives(tmp_path):
    folder = shutil.copytree(SHIPPED, tmp_path / SHIPPED.name)

    write_card(folder, read_config(folder))

    card = (folder / CARD).read_text()
    assert card == (SHIPPED / CARD).read_text()
    assert all(metric.label in card for metric in METRICS)


def test_the_card_of_an_old_checkpoint_leaves_out_what_it_does_not_know(checkpoint):
    write_card(checkpoint, read_config(checkpoint))

    card = (checkpoint / CARD).read_text()
    assert "## Thresholds" in card
    assert "## Metrics" not in card
    assert "## Weaknesses" not in card


def test_settings_of_an_earlier_version_have_todays_names(checkpoint):
    config = {**read_config(checkpoint), "training": {"optimiser": "sgd", "gamma": 2.0}}

    write_card(checkpoint, config)

    card = (checkpoint / CARD).read_text()
    assert "| optimizer | sgd |" in card
    assert "gamma" not in card
