"""Photos per second of a running site: from the first upload to the last photo that is ready.

    python -m benchmarks.site http://127.0.0.1:8000 TOKEN FOLDER [--count N] [--threads 4]

FOLDER holds pictures; with more photos than pictures, they are sent again with other bytes. Compare
two versions of the site in one sitting, on the same machine.
"""

import argparse
import itertools
import json
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("token")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=4)
    arguments = parser.parse_args()
    client = Client(arguments.site.rstrip("/"), arguments.token)
    pictures = [file.read_bytes() for file in sorted(arguments.folder.iterdir())]
    uploads = (
        picture + number.to_bytes(4, "big")  # bytes after a JPEG's end change only its hash
        for number, picture in zip(range(arguments.count), itertools.cycle(pictures), strict=False)
    )
    gallery = client.ask("/galleries/", json.dumps({"name": "Benchmark"}).encode())["id"]
    started = time.monotonic()
    with ThreadPoolExecutor(arguments.threads) as pool:
        list(pool.map(lambda upload: client.upload(gallery, upload), uploads))
    sent = time.monotonic() - started
    while client.has(gallery, "queued") or client.has(gallery, "analysing"):
        time.sleep(0.1)
    took = time.monotonic() - started
    print(f"{arguments.count} photos: sent in {sent:.1f} s, ready in {took:.1f} s")
    print(f"{arguments.count / took:.1f} photos/s")


if __name__ == "__main__":
    main()
