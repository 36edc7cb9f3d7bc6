"""Training curves of model versions."""

from pathlib import Path

import pytest

from gallery.tests.factories import make_user
from gallery.tests.versions import EPOCHS, make_listed
from gallery.views.contexts.curves import draw_charts
from ml.evaluation.history import read_history

pytestmark = pytest.mark.django_db


def look(client) -> str:
    return client.get("/models/").content.decode()


@pytest.fixture
def staff(client):
    user = make_user("staff", is_staff=True)
    client.force_login(user)
    return user


def test_curves_of_all_versions_have_the_same_axes():
    long = make_listed("long", history=[*EPOCHS, {**EPOCHS[1], "epoch": 3.0}])
    short = make_listed("short", history=EPOCHS)

    (_, (first, second)), _ = draw_charts([long, short])

    assert first.x_ticks == second.x_ticks
    assert first.y_ticks == second.y_ticks
    assert (first.lines[0].end_x, second.lines[0].end_x) == ("100.0%", "50.0%")


def test_a_curve_goes_from_the_highest_to_the_lowest_loss():
    (_, (chart,)), _ = draw_charts([make_listed("one", history=EPOCHS)])

    assert [line.points for line in chart.lines] == ["0.0,0.0 100.0,50.0", "0.0,50.0 100.0,100.0"]
    assert [tick.label for tick in chart.x_ticks] == ["1", "2"]
    assert [tick.label for tick in chart.y_ticks] == ["0.3", "0.35", "0.4", "0.45", "0.5"]


def test_a_curve_is_told_in_words(client, staff):
    version = make_listed("one", is_active=True, history=EPOCHS)

    words = "train from 0.500 in epoch 1 to 0.400 in epoch 2; valid from 0.400 in epoch 1 to 0.300"
    assert f'role="img" aria-label="Loss of {version}: {words} in epoch 2"' in look(client)


def test_a_single_epoch_and_missing_values_make_a_chart(client, staff):
    lonely = {**EPOCHS[0], "loss": None}

    (_, (chart,)), _ = draw_charts([make_listed("one", history=[lonely])])

    assert [line.name for line in chart.lines] == ["valid"]
    assert [tick.label for tick in chart.x_ticks] == ["1"]
    assert chart.lines[0].end_x == "50.0%"


def test_versions_without_a_history_have_no_curves(client, staff):
    make_listed("one", is_active=True)

    assert "Curves" not in look(client)


def test_the_curves_of_the_default_checkpoint_are_drawn(client, staff, settings):
    make_listed("one", is_active=True, history=read_history(Path(settings.CHECKPOINT)))

    assert look(client).count("<polyline") == 4
