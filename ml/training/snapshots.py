"""Snapshots: all that a run needs to go on as if it had never stopped, in one file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ml.facts import with_current_names
from ml.files import AlreadyLocked, locked, replacing_file

FORMAT = 1
FILE = "snapshot.pt"
NETWORK = ("architecture", "size", "channels", "width", "batch_norm", "head", "activation")
FIXED = (*NETWORK, "optimizer")  # by the tensors that a snapshot holds


class SnapshotError(ValueError):
    """The run cannot be continued from its snapshot; the message says why and what to do."""


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """While it is entered no other process trains into this run's folder.

    Raises:
        SnapshotError: one does already.
    """
    try:
        with locked(folder.with_name(f".{folder.name}.lock"), wait=False):
            yield
    except AlreadyLocked:
        raise SnapshotError(
            f"{folder}: another run is writing here; wait for its end, or name another --output"
        ) from None


def save_snapshot(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the folder's snapshot by `state`, after reading back what was written.

    `state` holds tensors, numbers, words, lists and dictionaries only. Whatever happens, the file
    of the snapshot's name is a whole one: the old or the new.

    Raises:
        FloatingPointError: a tensor is not finite; the old snapshot stays.
        OSError: the disk is full or cannot be written; the old snapshot stays.
    """
    odd = next((name for name, tensor in _tensors(state) if not tensor.isfinite().all()), None)
    if odd:
        raise FloatingPointError(f"{odd} is no longer finite")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with replacing_file(folder / FILE) as partial:
            with partial.open("wb") as file:
                torch.save({"format": FORMAT, **state}, file)
            _read(partial)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        raise OSError(f"{folder / FILE} could not be written: {_first_line(error)}") from error


def has_snapshot(folder: Path) -> bool:
    """Whether a run was interrupted there."""
    return (folder / FILE).is_file()


def load_snapshot(folder: Path) -> dict[str, Any]:
    """The state that was saved last, on the CPU. Only tensors and plain values are unpickled.

    Raises:
        SnapshotError: there is none, or it is damaged or of another format.
    """
    path = folder / FILE
    try:
        state = _read(path)
    except FileNotFoundError:
        raise SnapshotError(f"{folder}: no interrupted run is here; leave out --resume") from None
    except Exception as error:  # a damaged zip or pickle fails in many ways; none is trusted
        raise SnapshotError(
            f"{path}: not a snapshot that can be read ({_first_line(error)}); "
            "start over with --restart"
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise SnapshotError(f"{path}: not a snapshot of format {FORMAT}; start over with --restart")
    if "optimisers" in state:  # as an earlier version wrote it
        state["optimizers"] = state.pop("optimisers")
    return {**state, "settings": with_current_names(state.get("settings", {}))}


def check_same_run(state: Mapping[str, Any], now: Mapping[str, Any], *, force: bool) -> None:
    """Refuse to go on with other data, settings or processes than the snapshot's.

    `now` is the state of the run that would go on. `force` allows any difference but that of
    network and optimizer, whose tensors would not fit.

    Raises:
        SnapshotError: something differs; the message says what it was and what it is.
    """
    before, after = (
        {**run["settings"], **run["data"], "processes": run["processes"]} for run in (state, now)
    )
    names = dict.fromkeys((*after, *before))
    changed = [name for name in names if before.get(name) != after.get(name)]
    refused = [name for name in changed if name in FIXED or not force]
    if refused:
        name = refused[0]
        was, now_is = before.get(name), after.get(name)
        remedy = "" if name in FIXED else ", or go on all the same with --force"
        raise SnapshotError(
            f"the interrupted run had {name} {was!r}, this one has {now_is!r}: "
            f"resume it as it was, start over with --restart{remedy}"
        )


def _read(path: Path) -> Any:
    with path.open("rb") as file:
        return torch.load(file, map_location="cpu", weights_only=True)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _tensors(state: Any, name: str = "") -> list[tuple[str, torch.Tensor]]:
    """All floating-point tensors in nested dictionaries and lists, each with its name."""
    if isinstance(state, torch.Tensor):
        return [(name, state)] if state.is_floating_point() else []
    if isinstance(state, Mapping):
        items = [(f"{name}.{key}".lstrip("."), value) for key, value in state.items()]
    elif isinstance(state, (list, tuple)):
        items = [(f"{name}.{place}", value) for place, value in enumerate(state)]
    else:
        items = []
    return [found for key, value in items for found in _tensors(value, key)]
