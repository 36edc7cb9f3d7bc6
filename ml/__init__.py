"""The model: its data, networks, training and answers."""

import os

# ONNX Runtime reports to its makers unless told not to, before it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
