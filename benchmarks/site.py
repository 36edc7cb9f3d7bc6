"""Photos per second of a running site: from the first upload to the last photo that is ready.

    python -m benchmarks.site [--site http://127.0.0.1:8000 --token TOKEN] [--portraits DIR]
        [--count 100] [--threads 4]

Without `--site` it starts one of its own: web server, worker, queue and database. DIR holds
`images/`; without it, faces are drawn. With more photos than pictures, pictures are sent again with
other bytes. The limit is what all cores of this machine would do if they did nothing but check,
decode, find and predict (`benchmarks.stages`).
"""

import itertools
import json
import os
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import stages
from benchmarks.figures import compared, parser, report
from benchmarks.pictures import pictures
from tests.system.site import Site, database_url_for

CHECKPOINT = Path("ml/checkpoints/default").resolve()
LIMIT = 16  # uploads by which the limit is measured


class Client:
    """Asks a site's REST API, with a token."""

    def __init__(self, site: str, token: str) -> None:
        self.api, self.token = f"{site}/api/v1", token

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        headers = {"Authorization": f"Token {self.token}", "Content-Type": kind}
        request = urllib.request.Request(f"{self.api}{path}", body, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def upload(self, gallery: str, picture: bytes) -> None:
        line = uuid.uuid4().hex
        head = f'--{line}\r\nContent-Disposition: form-data; name="gallery"\r\n\r\n{gallery}\r\n'
        head += f"--{line}\r\nContent-Disposition: form-data; "
        head += 'name="image"; filename="photo.jpg"\r\n\r\n'
        body = head.encode() + picture + f"\r\n--{line}--\r\n".encode()
        self.ask("/photos/", body, f"multipart/form-data; boundary={line}")

    def has(self, gallery: str, status: str) -> bool:
        """Whether any photo of the gallery has that status."""
        return bool(self.ask(f"/photos/?gallery={gallery}&status={status}&page_size=1")["results"])


@contextmanager
def own_site() -> Iterator[tuple[str, str]]:
    """The address of a site of real processes, and a token."""
    with tempfile.TemporaryDirectory() as folder:
        url, drop = database_url_for(Path(folder), f"benchmark_{os.getpid()}")
        site = Site(Path(folder), url, CHECKPOINT=str(CHECKPOINT), LEASE_SECONDS="60")
        site.env.pop("OMP_NUM_THREADS")  # from benchmarks.stages, which uses one core
        site.redis.start()
        try:
            site.set_up()
            site.start_web()
            site.start_worker()
            yield f"http://127.0.0.1:{site.port}", site.token
        finally:
            site.stop(*site.processes)
            site.redis.stop()
            drop()


def photos_a_second(client: Client, images: list[bytes], count: int, threads: int) -> float:
    """Upload so many pictures, and wait until all are ready."""
    uploads = (
        picture + number.to_bytes(4, "big")  # bytes after a JPEG's end change only its hash
        for number, picture in zip(range(count), itertools.cycle(images), strict=False)
    )
    gallery = client.ask("/galleries/", json.dumps({"name": "Benchmark"}).encode())["id"]
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda upload: client.upload(gallery, upload), uploads))
    sent = time.monotonic() - started
    while client.has(gallery, "queued") or client.has(gallery, "analysing"):
        time.sleep(0.5)  # asked more often, the answers would take much of the time measured
    took = time.monotonic() - started
    print(f"{count} photos: sent in {sent:.1f} s, ready in {took:.1f} s", flush=True)
    return count / took


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--site")
    arguments.add_argument("--token")
    arguments.add_argument("--portraits", type=Path)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--threads", type=int, default=4)
    options = arguments.parse_args()
    images = pictures(options.portraits)
    sizes = images, options.count, options.threads
    if options.site:
        own = photos_a_second(Client(options.site.rstrip("/"), options.token), *sizes)
    else:
        with own_site() as address:
            own = photos_a_second(Client(*address), *sizes)
    with stages.own_media():
        spent = sum(stages.measure(images[:LIMIT], CHECKPOINT).values())
    limit = 1000 * (os.cpu_count() or 1) / spent
    what = f"upload to ready, {options.count} photos"
    report([compared(what, "photos/s", [own], "all cores busy", [limit])], options.json)


if __name__ == "__main__":
    main()
