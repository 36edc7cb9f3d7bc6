"""The model: its data, networks, training and answers.

from ml import best_pred, pred

best_pred("face.jpg")  # {"Smiling": 0.98, ...}
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ml.prediction import best_pred, pred

__all__ = ["best_pred", "pred"]

# ONNX Runtime reports to its makers unless told not to, before it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def __getattr__(name: str) -> Any:
    # Only when they are asked for: they bring Pillow, NumPy and the runtime with them.
    if name in __all__:
        from ml import prediction

        return getattr(prediction, name)
    raise AttributeError(f"module 'ml' has no attribute {name!r}")
