"""Model versions for tests of the page that compares them."""

from typing import Any

from gallery.tests.factories import make_version
from ml.attributes import NAMES
from ml.models import ModelVersion

EPOCHS = [
    {"epoch": 1.0, "loss": 0.5, "accuracy": 0.8, "valid_loss": 0.4, "valid_accuracy": 0.82},
    {"epoch": 2.0, "loss": 0.4, "accuracy": 0.9, "valid_loss": 0.3, "valid_accuracy": 0.85},
]


def metrics(accuracy: float = 0.9, **changes: Any) -> dict[str, Any]:
    of_one = {"accuracy": accuracy, "majority": 0.8, "brier": 1 - accuracy}
    return {
        "partition": "valid",
        "images": 1949,
        "accuracy": accuracy,
        "brier": 1 - accuracy,
        "majority_accuracy": 0.8,
        "per_attribute": {name: dict(of_one) for name in NAMES},
        **changes,
    }


def make_listed(name: str, **kwargs: Any) -> ModelVersion:
    """A version that is not active unless told so, with metrics."""
    defaults = {"name": name, "metrics": metrics(), "is_active": False}
    return make_version(**{**defaults, **kwargs})
