"""Whether there is a GPU, asked without torch where the system can tell: torch takes seconds."""

from importlib.util import find_spec
from pathlib import Path

# What a driver puts there: NVIDIA's, NVIDIA's on Jetson boards, AMD's, and Windows' for WSL.
DEVICES = tuple(Path("/dev", name) for name in ("nvidiactl", "nvmap", "kfd", "dxg"))


def has_gpu() -> bool:
    """Whether torch can use a GPU. It is imported only if there is a driver, and torch itself."""
    if not any(device.exists() for device in DEVICES) or find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()
