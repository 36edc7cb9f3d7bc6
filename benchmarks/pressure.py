"""What hostile requests cost a site as `make run` starts it, and whether others are still answered.

    python -m benchmarks.pressure [--hostile DIR] [--pages 40]

DIR holds pictures that are no pictures, and worse. For each kind of request it prints the status,
CPU seconds and the growth of memory of all the web server's processes, and the bytes of the answer.
Then many come at once, or slowly, while pages are asked for one after the other: how many of them
are answered within a second, and how much memory the web server's processes take together. Last,
whether the slow ones are cut off. The exit code is 1 if a limit is passed.
"""

import argparse
import io
import itertools
import json
import math
import os
import select
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image, ImageCms

from benchmarks.site import Client
from tests.system.site import Site, database_url_for, wait_for

SECOND = 1.0  # within which a page is to be there
MOST_MEMORY = 1000.0  # MB of all the web server's processes, while uploads come at once
CUT_OFF = 60.0  # seconds after which no slow sender may be left
LIMIT = 51_000_000  # pixels


# --- Hostile pictures ---------------------------------------------------------------------------


def noise(wide: int, high: int, mode: str = "RGB") -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 256, (high // 8, wide // 8, 3), np.uint8)
    return Image.fromarray(pixels).resize((wide, high), Image.Resampling.NEAREST).convert(mode)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def tiny_webp(side: int) -> bytes:
    """A lossless WebP of one color, which says that it is this large."""
    sides = (side - 1) | (side - 1) << 14
    return b"RIFF\x22\0\0\0WEBPVP8L\x16\0\0\0\x2f" + sides.to_bytes(4, "little") + b"\0" * 17


def filled_scan() -> bytes:
    """A JPEG whose scan is filled up with 24 MB of 0xFF."""
    data = encoded(noise(400, 400), "JPEG")
    at = data.index(b"\xff\xda") + 2000
    return data[:at] + b"\xff" * 24_000_000 + data[at:]


def many_scans(count: int) -> bytes:
    """A progressive JPEG of 48 megapixels with its last scan so many times."""
    data = encoded(Image.new("RGB", (8000, 6000), "gray"), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * count + data[-2:]


def lying_png() -> bytes:
    """A PNG of 49 megapixels whose rows are 1 MB of zeros, many times over."""
    head = b"\x89PNG\r\n\x1a\n"
    rows = zlib.compress(bytes(3 * 7000 * 7000 + 7000), 9)
    parts = [
        (b"IHDR", (7000).to_bytes(4) * 2 + b"\x08\x02\0\0\0"),
        (b"IDAT", rows),
        (b"IEND", b""),
    ]
    return head + b"".join(
        len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
        for kind, body in parts
    )


def pictures() -> Iterator[tuple[str, bytes]]:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    large = noise(8160, 6144)
    turned = Image.Exif()
    turned[0x112] = 6
    yield "JPEG, 50 megapixels", encoded(large, "JPEG", quality=70)
    yield "JPEG, 50 megapixels, turned", encoded(large, "JPEG", quality=70, exif=turned)
    yield "JPEG, 50 megapixels, progressive", encoded(large, "JPEG", quality=70, progressive=True)
    yield "JPEG, 48 megapixels, 40 scans", many_scans(30)
    yield "JPEG, 48 megapixels, 500 scans", many_scans(500)
    yield "JPEG, scan full of 0xFF", filled_scan()
    yield "JPEG, lookup-table profile", encoded(noise(7000, 7000), "JPEG", icc_profile=profile)
    yield "PNG, 49 megapixels of zeros", lying_png()
    yield "PNG, 36 megapixels, transparent", encoded(noise(6000, 6000, "RGBA"), "PNG")
    yield "WebP, 42 bytes, 49 megapixels", tiny_webp(7000)
    yield "WebP, 42 bytes, 19 megapixels", tiny_webp(4300)
    yield "WebP, lossless, 18 megapixels", encoded(noise(4200, 4200), "WEBP", lossless=True)


# --- The site -----------------------------------------------------------------------------------


@contextmanager
def served() -> Iterator[tuple[Site, psutil.Process]]:
    """A site as `make run` starts it, and its web server."""
    with tempfile.TemporaryDirectory() as folder:
        url, drop = database_url_for(Path(folder), f"benchmark_{os.getpid()}")
        site = Site(Path(folder), url)
        del site.env["REDIS_URL"]
        site.env["THROTTLE_ANON"] = "100000/min"
        site.set_up()
        process = site.start("serve", "manage.py", "serve", "--port", str(site.port))
        try:
            wait_for(lambda: "CelebAttr is ready" in site.log("serve"))
            children = psutil.Process(process.pid).children()
            (web,) = (one for one in children if "celebattr.server" in one.cmdline())
            yield site, web
        finally:
            process.terminate()
            process.wait(60)
            site.processes.clear()
            drop()


@dataclass
class Price:
    status: int
    cpu: float  # seconds
    memory: float  # MB more than before, at most
    web: float  # of these, what the web server itself still has afterwards
    answer: int  # bytes


def tree(web: psutil.Process) -> list[psutil.Process]:
    return [web, *web.children(recursive=True)]


def cpu(web: psutil.Process) -> float:
    total = 0.0
    for process in tree(web):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(web: psutil.Process) -> float:
    total = 0
    for process in tree(web):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 1e6


@contextmanager
def peak(web: psutil.Process) -> Iterator[Callable[[], float]]:
    """A function that returns the most memory, in MB, that was in use within the context."""
    most, end = [memory(web)], threading.Event()

    def watch() -> None:
        while not end.wait(0.005):
            most[0] = max(most[0], memory(web))

    thread = threading.Thread(target=watch)
    thread.start()
    yield lambda: most[0]
    end.set()
    thread.join()


def price(web: psutil.Process, ask: Callable[[], tuple[int, int]]) -> Price:
    before, own, used = memory(web), web.memory_info().rss, cpu(web)
    with peak(web) as most:
        status, answer = ask()
    kept = (web.memory_info().rss - own) / 1e6
    return Price(status, cpu(web) - used, most() - before, kept, answer)


def status_of(ask: Callable[[], object]) -> tuple[int, int]:
    """The status and the bytes of an answer."""
    try:
        answer = ask()
    except urllib.error.HTTPError as error:
        return error.code, len(error.read())
    except OSError:
        return 0, 0
    return 200, len(json.dumps(answer))


def pages(site: Site, count: int) -> tuple[int, float]:
    """How many of so many log-in pages were there within a second, and the slowest in seconds."""
    times = []
    for _ in range(count):
        start, end = time.monotonic(), math.inf  # unless it comes
        with suppress(OSError):
            urllib.request.urlopen(
                f"http://127.0.0.1:{site.port}/account/login/", timeout=60
            ).read()
            end = time.monotonic()
        times.append(end - start)
    return sum(seconds < SECOND for seconds in times), max(times)


# --- Slow senders -------------------------------------------------------------------------------


@contextmanager
def slow_senders(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connections that send nothing, headers, or a body, a byte every second."""
    heads = [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "]
    heads.append(
        b"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 90000\r\n\r\n"
    )
    connections, end = [], threading.Event()
    for number in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(heads[number % 3])
        connections.append(connection)

    def drip() -> None:
        while not end.wait(1):
            for number, connection in enumerate(connections):
                if number % 3:
                    with suppress(OSError):
                        connection.sendall(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    yield connections
    end.set()
    thread.join()
    for connection in connections:
        connection.close()


def left(connections: list[socket.socket]) -> int:
    """How many the server has not closed within CUT_OFF seconds; nothing else is answered."""
    deadline, open_ones = time.monotonic() + CUT_OFF, set(connections)
    while open_ones and time.monotonic() < deadline:
        for one in select.select(open_ones, [], [], 1)[0]:
            with suppress(ConnectionError):
                if one.recv(1000):
                    continue
            open_ones.remove(one)
    return len(open_ones)


# --- All of it ----------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hostile", type=Path, help="a folder of files to upload")
    parser.add_argument("--pages", type=int, default=40)
    options = parser.parse_args()
    with served() as (site, web):
        client = Client(f"http://127.0.0.1:{site.port}", site.token)
        gallery = site.make_gallery()
        made = list(pictures())
        upload = lambda data: status_of(lambda: client.upload(gallery, data))  # noqa: E731
        upload(encoded(noise(640, 640), "JPEG"))  # the first one of a process takes longer
        print(f"{'request':<36}{'status':>7}{'CPU s':>8}{'MB more':>9}{'web MB':>8}{'answer':>9}")
        for name, data in made:
            show(name, price(web, lambda data=data: upload(data)))
        for name, path, body in requests(gallery):
            ask = lambda path=path, body=body: status_of(lambda: client.ask(path, body))  # noqa: E731
            show(name, price(web, ask))
        if options.hostile:
            show_folder(web, upload, options.hostile)
        print(f"\n{'meanwhile':<44}{'pages < 1 s':>12}{'slowest s':>11}{'MB in all':>11}")
        good = True
        for count in (0, 12, 32, 100):
            with slow_senders(site.port, count) as senders:
                good &= show_pages(f"{count} slow or silent senders", web, site, options.pages)
                kept = left(senders)
                print(f"    {kept} of them left after at most {CUT_OFF:.0f} s")
                good &= kept == 0
        for count, (name, data) in itertools.product((6, 16), made):
            with ThreadPoolExecutor(count) as threads:
                each_new = [data + bytes([count, number]) for number in range(count)]
                answers = [threads.submit(upload, one) for one in each_new]
                good &= show_pages(f"{count} of {name}", web, site, options.pages)
                statuses = sorted(answer.result()[0] for answer in answers)
            print("    " + ", ".join(f"{statuses.count(one)} x {one}" for one in set(statuses)))
        at_end = [f"{process.memory_info().rss / 1e6:.0f}" for process in tree(web)]
        print(f"\nthe web server's processes at the end, MB: {' + '.join(at_end)}")
    return not good


def requests(gallery: str) -> Iterator[tuple[str, str, bytes]]:
    """Other requests that make a site work hard: a name, the address and the JSON."""
    many = json.dumps({"faces": [{}] * 800_000, "attribute": "Smiling", "answer": "yes"})
    yield "answers about 800,000 faces", "/corrections/", many.encode()
    few = json.dumps({"faces": [{}] * 60_000, "attribute": "Smiling", "answer": "yes"})
    yield "answers about 60,000 faces", "/corrections/", few.encode()
    yield "JSON nested 100,000 deep", "/corrections/", b"[" * 100_000


def show(name: str, paid: Price) -> None:
    print(
        f"{name:<36}{paid.status:>7}{paid.cpu:>8.2f}{paid.memory:>9.0f}{paid.web:>8.0f}{paid.answer:>9,}",
        flush=True,
    )


def show_folder(
    web: psutil.Process, upload: Callable[[bytes], tuple[int, int]], folder: Path
) -> None:
    """The dearest file of a folder, and how often each status was answered."""
    prices = {
        path: price(web, lambda path=path: upload(path.read_bytes()))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    statuses = [paid.status for paid in prices.values()]
    print(f"{len(prices)} files: " + ", ".join(f"{statuses.count(s)} x {s}" for s in set(statuses)))
    for what in ("cpu", "memory"):
        worst = max(prices, key=lambda path: getattr(prices[path], what))
        show(f"  most {what}: {worst.name}"[:36], prices[worst])


def show_pages(name: str, web: psutil.Process, site: Site, count: int) -> bool:
    """Ask for so many pages and print what came of it; whether it is within the limits."""
    with peak(web) as most:
        soon, slowest = pages(site, count)
    is_good = soon == count and most() < MOST_MEMORY
    line = f"{name:<44}{soon:>6} of {count:<3}{slowest:>10.2f}{most():>11.0f}"
    print(line + ("" if is_good else "  <"), flush=True)
    return is_good


if __name__ == "__main__":
    sys.exit(main())
