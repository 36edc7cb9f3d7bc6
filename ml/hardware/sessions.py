"""Networks in ONNX files, run by ONNX Runtime on the CPU. No torch is needed, nor imported."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

Network = Callable[[np.ndarray], np.ndarray]  # from the network's one input to its one output


def open_session(file: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """A session that computes with so many threads; None: one for each core.

    Raises:
        OSError: the file does not exist, or is not an ONNX network.
    """
    if not file.is_file():
        raise FileNotFoundError(f"{file}: there is no such file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or cores()
    # Threads that wait for work in a loop would keep the cores of an idle worker busy.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors: warnings are about how the graph is optimized
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's have no class in common
        reason = str(error).strip().splitlines()[0]
        raise OSError(f"{file}: not an ONNX network ({reason})") from error


def load_network(file: Path, threads: int | None = None) -> Network:
    """The network in that file, which has one input and one output. Threads may share it.

    Raises:
        OSError: the file does not exist, or is not an ONNX network.
    """
    session = open_session(file, threads)
    (taken,) = session.get_inputs()

    def run(values: np.ndarray) -> np.ndarray:
        return np.asarray(session.run(None, {taken.name: values})[0])

    return run


def cores() -> int:
    """How many cores this process may use: OMP_NUM_THREADS, which torch heeds too, or all."""
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if limit.isdecimal() and int(limit):
        return int(limit)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS
