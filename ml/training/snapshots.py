"""Snapshots: everything a run needs to continue as if it had never stopped, in one file."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Self

import torch

from ml.facts import with_current_names
from ml.files import AlreadyLocked, claimed, replacing_file

SNAPSHOT_FORMAT = 1  # goes up when older snapshots can no longer be read
SNAPSHOT = "snapshot.pt"
ARGUMENTS = "arguments.json"  # of the command that began the run
NETWORK = (
    "architecture",
    "size",
    "channels",
    "pixels",
    "width",
    "batch_norm",
    "head",
    "activation",
)
FIXED = (*NETWORK, "optimizer")  # a snapshot's tensors fit no other network or optimizer


class SnapshotError(ValueError):
    """The run cannot continue from its snapshot; the message says why and what to do."""


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Keep other processes from training into this run's folder.

    Raises:
        SnapshotError: another one does already.
    """
    try:
        with claimed(folder.with_name(f".{folder.name}.lock")):
            yield
    except AlreadyLocked:
        raise SnapshotError(
            f"{folder}: another run is writing here; wait until it ends, or choose another --output"
        ) from None


def save_snapshot(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the folder's snapshot with `state`, after reading back what was written.

    `state` holds only tensors, numbers, strings, lists and dictionaries. Whatever happens, a whole
    snapshot is there: the old one or the new one.

    Raises:
        FloatingPointError: a tensor is not finite; the old snapshot stays.
        OSError: the disk is full or not writable; the old snapshot stays.
    """
    odd = next((name for name, tensor in _tensors(state) if not tensor.isfinite().all()), None)
    if odd:
        raise FloatingPointError(f"{odd} is no longer finite")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with replacing_file(folder / SNAPSHOT) as partial:
            with partial.open("wb") as file:
                torch.save({"format": SNAPSHOT_FORMAT, **state}, file)
            _read(partial)  # before it replaces the old one, which is all there is until then
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        raise OSError(f"{folder / SNAPSHOT} could not be written: {_first_line(error)}") from error


class SnapshotWriter:
    """Saves snapshots in a thread, one at a time, while the run goes on.

    What is saved is a copy on the host, taken in the order of the device's own work: neither the
    host nor a GPU waits for the disk. The copy takes as much memory as the snapshot.

    Leaving the context waits for a snapshot that is being saved, and raises what went wrong with
    it. After an error, it only waits; after a second signal, it does not even do that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = Thread()
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.finish()
        elif issubclass(kind, Exception):
            self._join()

    @property
    def is_busy(self) -> bool:
        """Whether a snapshot is being saved."""
        return self._thread.is_alive()

    def begin(self, state: Mapping[str, Any]) -> None:
        """Copy `state`, and begin to save it once the snapshot before is saved.

        Raises:
            FloatingPointError: in the one before, a tensor was not finite.
            OSError: the one before could not be written.
        """
        self.finish()
        copy, copied = _on_host(state)
        # A daemon: it must not keep a process that was told twice to end.
        self._thread = Thread(target=self._save, args=(copy, copied), daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise what went wrong with the last snapshot, if it is known already."""
        if self._error:
            raise self._error

    def finish(self) -> None:
        """Wait for the last snapshot, and raise what went wrong with it."""
        self._join()
        self.check()

    def _join(self) -> None:
        if self._thread.ident:  # it was started
            self._thread.join()

    def _save(self, state: Mapping[str, Any], copied: Callable[[], object]) -> None:
        try:
            copied()
            save_snapshot(self._folder, state)
        except Exception as error:  # whatever it is, the run must hear of it
            self._error = error


def _on_host(state: Mapping[str, Any]) -> tuple[dict[str, Any], Callable[[], object]]:
    """A copy of a state, and what waits until all of it has come from the GPU."""
    gpus: set[torch.device] = set()

    def copy(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            if not value.is_cuda:
                return value.detach().clone()
            gpus.add(value.device)
            room = torch.empty_like(value, device="cpu", pin_memory=True)
            return room.copy_(value.detach(), non_blocking=True)
        if isinstance(value, Mapping):
            return {key: copy(each) for key, each in value.items()}
        return [copy(each) for each in value] if isinstance(value, list) else value

    copies = copy(state)
    events = [torch.cuda.current_stream(gpu).record_event() for gpu in gpus]
    return copies, lambda: [event.synchronize() for event in events]


def has_snapshot(folder: Path) -> bool:
    """Whether the folder has the snapshot of an interrupted run."""
    return (folder / SNAPSHOT).is_file()


def load_snapshot(folder: Path) -> dict[str, Any]:
    """The last saved state, on the CPU. Only tensors and plain values are unpickled.

    Raises:
        SnapshotError: there is none, or it is damaged or of another format.
    """
    path = folder / SNAPSHOT
    try:
        state = _read(path)
    except FileNotFoundError:
        raise SnapshotError(f"{folder}: no interrupted run is here; leave out --resume") from None
    except Exception as error:  # a damaged zip or pickle can raise anything
        raise SnapshotError(
            f"{path}: cannot be read as a snapshot ({_first_line(error)}); "
            "start over with --restart"
        ) from error
    if not isinstance(state, dict) or state.get("format") != SNAPSHOT_FORMAT:
        raise SnapshotError(
            f"{path}: not a snapshot of format {SNAPSHOT_FORMAT}; start over with --restart"
        )
    if "optimisers" in state:  # as an earlier version wrote it
        state["optimizers"] = state.pop("optimisers")
    return {**state, "settings": with_current_names(state.get("settings", {}))}


def keep_arguments(folder: Path, arguments: Mapping[str, Any]) -> None:
    """Write what the run was called with beside its snapshots, for `--resume` alone."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing_file(folder / ARGUMENTS) as partial:
        partial.write_text(json.dumps(arguments))


def kept_arguments(folder: Path) -> dict[str, Any]:
    """What the interrupted run was called with; empty if an earlier version began it."""
    try:
        found: dict[str, Any] = json.loads((folder / ARGUMENTS).read_text())
    except (OSError, ValueError):
        return {}
    return found


def check_same_run(state: Mapping[str, Any], now: Mapping[str, Any], *, force: bool) -> None:
    """Refuse to continue with data, settings or processes that are not the snapshot's.

    `now` has the settings, data and processes of the run that would continue. `force` allows all
    differences except those of network and optimizer, whose tensors would not fit. What the
    snapshot does not tell is of a later version, and is not compared.

    Raises:
        SnapshotError: something differs; the message gives the old and the new value.
    """
    before, after = (
        {**run["settings"], **run["data"], "processes": run["processes"]} for run in (state, now)
    )
    changed = [name for name in before if before[name] != after.get(name)]
    refused = [name for name in changed if name in FIXED or not force]
    if refused:
        name = refused[0]
        was, now_is = before.get(name), after.get(name)
        remedy = "" if name in FIXED else ", or continue anyway with --force"
        raise SnapshotError(
            f"the interrupted run had {name} {was!r}, this one has {now_is!r}: "
            f"resume it unchanged, start over with --restart{remedy}"
        )


def _read(path: Path) -> Any:
    with path.open("rb") as file:
        return torch.load(file, map_location="cpu", weights_only=True)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _tensors(state: Any, name: str = "") -> list[tuple[str, torch.Tensor]]:
    """All floating-point tensors in nested dictionaries and lists, with their names."""
    if isinstance(state, torch.Tensor):
        return [(name, state)] if state.is_floating_point() else []
    if isinstance(state, Mapping):
        items = [(f"{name}.{key}".lstrip("."), value) for key, value in state.items()]
    elif isinstance(state, (list, tuple)):
        items = [(f"{name}.{place}", value) for place, value in enumerate(state)]
    else:
        items = []
    return [found for key, value in items for found in _tensors(value, key)]
