"""What people do on a site: the file that `benchmarks.people` hands to locust.

Locust runs in an environment of its own, so nothing of this project is imported here. PICTURES
names the folder of the files that people upload.
"""

import html
import itertools
import os
import random
import re
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from locust import HttpUser, between, task
from requests import Response

Files = dict[str, tuple[str, bytes, str]] | None
PICTURES = sorted(Path(os.environ["PICTURES"]).iterdir())
FILTERS = ("Smiling", "-Eyeglasses", "Male,Young", "Black_Hair|Brown_Hair", "?Bangs", "Young>=0.8")
EXPORTS = ("csv", "csv", "jsonl", "coco.json", "zip")
SCRIPT = {"Accept": "application/json"}  # what the page's script says, which sends uploads
RESULTS = {"HX-Request": "true", "HX-Target": "results"}  # what htmx says of a part of the page
LINK = re.compile(r'href="(/photos/[^"]+)"')
PICTURE = re.compile(r'(?:src|href)="(/\w+/[-\w]+/(preview|thumbnail|crop)\.(?:jpg|webp)[^"]*)"')
ANSWER = re.compile(r'hx-post="(/faces/[^"]+/answer/[^"]*)"')
SCREEN = 20  # tiles that somebody sees without scrolling
POLLS = 5  # times that a page asks what became of an upload

numbers = itertools.count(1)


class Person(HttpUser):
    """Signs up, uploads three photos, then does this and that, thinking in between."""

    wait_time = between(2, 8)

    def on_start(self) -> None:
        number = next(numbers)
        self.kept: set[str] = set()  # pictures that the browser has
        self.client.headers["X-Forwarded-For"] = f"10.0.0.{number}"
        self.client.get("/account/signup/", name="sign up")
        form = {"username": f"person{number}", "first_name": "", "email": ""}
        form |= dict.fromkeys(("password1", "password2"), "correct-horse-battery")
        self._send("/account/signup/", form, "sign up")
        made = self._send("/galleries/new/", {"name": "Photos"}, "make a gallery")
        self.gallery = urlsplit(made.url).path
        for _ in range(3):
            self.upload()

    @task(2)
    def see_galleries(self) -> None:
        self._see("/", "first page")

    @task(6)
    def browse(self) -> None:
        page = self._see(f"{self.gallery}?view={random.choice(('photos', 'faces'))}", "gallery")
        more = re.search(r'hx-get="([^"]+after=[^"]+)"', page)
        if more:
            headers = {"HX-Request": "true", "HX-Target": "more"}
            self._see(html.unescape(more[1]), "gallery, more", **headers)

    @task(8)
    def filter(self) -> None:
        self._see(f"{self.gallery}?attrs={random.choice(FILTERS)}", "gallery, filtered", **RESULTS)

    @task(2)
    def sort(self) -> None:
        self._see(f"{self.gallery}?sort=-Smiling&match=every", "gallery, sorted", **RESULTS)

    @task(2)
    def count(self) -> None:
        query = f"gallery={self.gallery.split('/')[2]}&attrs={random.choice(FILTERS)}"
        self.client.get(f"/api/v1/facets/?{query}", name="facets")

    @task(6)
    def open_a_photo(self) -> str:
        links = LINK.findall(self.client.get(self.gallery, name="gallery").text)
        return self._see(html.unescape(random.choice(links)), "photo") if links else ""

    @task(4)
    def answer(self) -> None:
        forms = ANSWER.findall(self.open_a_photo())
        if forms:
            said = {"attribute": random.choice(("Smiling", "Young")), "answer": "yes"}
            said["answer"] = random.choice(("yes", "no", "model"))
            self._send(html.unescape(forms[0]), said, "answer", **RESULTS)

    @task(1)
    def export(self) -> None:
        kind = random.choice(EXPORTS)
        self.client.get(f"{self.gallery}export.{kind}", name=f"export {kind}")

    @task(4)
    def upload(self) -> None:
        picture = random.choice(PICTURES).read_bytes() + uuid.uuid4().bytes  # another file
        sent = self._upload(picture)
        while "Retry-After" in sent.headers:
            time.sleep(int(sent.headers["Retry-After"]))
            sent = self._upload(picture)
        if sent.status_code == 201:
            self._follow(sent.json()["id"])

    def _upload(self, picture: bytes) -> Response:
        """What a busy site answers is no error: the page sends the file again."""
        files = {"image": ("photo.jpg", picture, "image/jpeg")}
        sent = self._send(f"{self.gallery}upload/", {}, "upload", files, **SCRIPT)
        with sent:
            if sent.status_code == 503 and "Retry-After" in sent.headers:
                sent.request_meta["name"] = "upload, to be sent again"
                sent.success()
        return sent

    def _follow(self, photo: str) -> None:
        """Ask what became of an upload, as the page does, until it is analyzed."""
        for _ in range(POLLS):
            self.wait()
            address = f"{self.gallery}progress/?queued={photo}"
            if f"photo-{photo}" in self._see(address, "progress", **RESULTS):
                return

    def _see(self, path: str, name: str, **headers: str) -> str:
        """A page, with those of its pictures that are seen first."""
        page: str = self.client.get(path, name=name, headers=headers).text
        for address, kind in list(dict.fromkeys(PICTURE.findall(page)))[:SCREEN]:
            if address not in self.kept:
                self.kept.add(address)
                self.client.get(html.unescape(address), name=f"picture: {kind}")
        return page

    def _send(
        self, path: str, form: dict[str, str], name: str, files: Files = None, **headers: str
    ) -> Response:
        """Post a form; one with files is to be judged by whoever sends it."""
        headers["X-CSRFToken"] = self.client.cookies["celebattr_csrf"]
        more = {"files": files, "catch_response": True} if files else {}
        return self.client.post(path, form, name=name, headers=headers, **more)
