"""The process that decodes uploads, which may run out of time or memory, or crash, alone.

No module that it imports needs Django: it starts fast and stays small.
"""

import logging
import multiprocessing
import os
import resource
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from celebattr.memory import return_large_blocks
from gallery.uploads import pictures
from gallery.uploads.pictures import CleanImage, UploadError
from gallery.uploads.words import gettext_noop

AT_ONCE = 4  # uploads of a web process that are decoded, or wait for it: half of its threads
PATIENCE = 0.3  # seconds that a further one waits for its turn
CPU_SECONDS = 5  # that a picture may take
MOST_SECONDS = 60  # the same by the clock, if the machine is busy
# Of memory, for each allowed pixel: a copy of the largest picture, and the file written from it.
BYTES_A_PIXEL = 5.3
HEIC_BYTES_A_PIXEL = 8  # deep colors of 24 megapixels, as cameras write them, take 13 bytes a pixel
LEAST_BYTES = 100_000_000  # if the limit in pixels is low: what else a decoder needs
PICTURES = 500  # after which the process is replaced, whatever its libraries leak

logger = logging.getLogger(__name__)

Answer = CleanImage | UploadError

BUSY = gettext_noop("The site is busy with other uploads. Try again in a few seconds.")
TOO_MUCH_WORK = gettext_noop(
    "The picture takes too long to open. Save a copy of it and upload that."
)


class Busy(Exception):
    """Too many pictures are being decoded; the message tells people to try again."""

    status_code = 503  # of an HTTP answer
    wait = 2  # seconds, which its header Retry-After says


class Decoder:
    """One process, which is given a picture at a time. Threads may share it."""

    def __init__(self) -> None:
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._pid = 0
        self._left = 0  # pictures that the process still takes

    def decode(self, chunks: Iterable[bytes], most_pixels: int) -> CleanImage:
        """What `pictures.clean` makes of a file, in the other process.

        This one never holds the whole file.

        Raises:
            UploadError: it is not an acceptable picture.
            Busy: other uploads keep the process busy.
        """
        with self._turn(), self._lock:
            try:
                answer, damage = self._ask(chunks, most_pixels)
            except (OSError, EOFError) as error:
                self._end()
                raise UploadError(TOO_MUCH_WORK, "work") from error
        if damage:
            logger.info("an uploaded file has damage: %s", damage)
        if isinstance(answer, UploadError):
            raise answer
        return answer

    def start(self) -> int:
        """Start the process, so that the first upload need not wait for it. Returns its id."""
        if not (self._left and self._process and self._process.is_alive()):
            self._end()
            # It is forked by a server without threads and connections, as this process has them.
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([__name__])
            self._connection, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._process, self._pid, self._left = process, process.pid or 0, PICTURES
        return self._pid

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=PATIENCE):
            raise Busy(BUSY)
        try:
            yield
        finally:
            self._turns.release()

    def _ask(self, chunks: Iterable[bytes], most_pixels: int) -> tuple[Answer, str]:
        self.start()
        self._left -= 1
        self._connection.send(most_pixels)
        for chunk in chunks:
            self._connection.send_bytes(chunk)
        self._connection.send_bytes(b"")
        if not self._connection.poll(MOST_SECONDS):
            raise TimeoutError
        answer, damage = self._connection.recv()
        if isinstance(answer, CleanImage):
            answer = replace(answer, content=self._connection.recv_bytes())
        return answer, damage

    def _end(self) -> None:
        if self._process:
            self._connection.close()
            self._process.kill()
            self._process.join()
            self._process = None


# The one of this process.
decoder = Decoder()


# --- In that process --------------------------------------------------------------------------


def _give_way() -> None:
    """Pages come before uploads. A crash leaves no copy of a person's picture."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(connection: Connection) -> None:
    _give_way()
    return_large_blocks()  # kept in pieces, those of one picture would count for the next
    while True:
        try:
            most_pixels = connection.recv()
            data = b"".join(iter(connection.recv_bytes, b""))
        except EOFError:  # the other process has ended, or wants a fresh one
            return
        answer: Answer
        with warnings.catch_warnings(record=True) as damage:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", UserWarning)  # which is what Pillow's are
            try:
                answer = _clean(data, most_pixels)
            except UploadError as error:
                answer = error
        _reply(connection, answer, _in_a_line([str(each.message) for each in damage]))
        del data, answer, damage  # the next picture needs the memory


def _reply(connection: Connection, answer: Answer, damage: str) -> None:
    if isinstance(answer, UploadError):
        connection.send((answer, damage))
        return
    # Within the pickle, the file would be in the other process's memory twice.
    connection.send((replace(answer, content=b""), damage))
    connection.send_bytes(answer.content)


def _in_a_line(damage: list[str]) -> str:
    """The first of Pillow's warnings about a file, of which there may be thousands."""
    more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
    return f"{damage[0][:200]}{more}" if damage else ""


def _clean(data: bytes, most_pixels: int) -> CleanImage:
    used = resource.getrusage(resource.RUSAGE_SELF)
    # The system ends a process that takes longer.
    _allow(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1)
    status = Path("/proc/self/status")
    if status.exists():  # other systems do not limit memory
        (held,) = (line.split()[1] for line in status.open() if line.startswith("VmData"))
        each = HEIC_BYTES_A_PIXEL if data[4:8] == b"ftyp" else BYTES_A_PIXEL
        memory = max(int(most_pixels * each), LEAST_BYTES)
        _allow(resource.RLIMIT_DATA, int(held) * 1024 + memory)
    return pictures.clean(data, most_pixels)


def _allow(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
