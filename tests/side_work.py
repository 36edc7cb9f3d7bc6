"""What a training run does beside training: for a tiny network it takes longer than the steps."""

from collections.abc import Callable
from typing import Any

PLOTS = ("plot_history", "plot_attributes", "plot_calibration", "plot_mistakes")


def leave_out_side_work(replace: Callable[[Any, str, Any], None] = setattr) -> None:
    """Draw no plots and do not measure the machine's speed: other tests show both."""
    from ml.training import results, run

    for name in PLOTS:
        replace(results, name, lambda *arguments: None)
    replace(run, "measured_peak", lambda device: 1e12)
    replace(run, "training_flops", lambda *arguments: 1e6)  # it imports half of torch
