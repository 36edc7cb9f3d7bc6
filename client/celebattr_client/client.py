"""Requests to a site's REST API, sent again while a failure may pass."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from uuid import UUID, uuid4

import httpx

from celebattr_client.errors import CelebAttrError
from celebattr_client.faces import Faces
from celebattr_client.files import legible, read_whole
from celebattr_client.types import Correction, Gallery, Imported, Photo

PASSING = (429, 502, 503, 504)  # statuses that may be over soon
TRIES = 6
LONGEST_WAIT = 30.0  # seconds between two tries
PAGE_SIZE = 200  # the most that the API gives at once
MOST_HASHES = 1000  # that the API takes at once
SECONDS = 60.0  # that an answer may take

EXPORTS = {
    ".csv": "export.csv",
    ".jsonl": "export.jsonl",
    ".json": "export.coco.json",
    ".parquet": "export.parquet",
}


class Client:
    """A site, and the person whose token opens it.

    Threads may share one. Methods raise CelebAttrError.
    """

    def __init__(self, site: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=f"{site.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Token {token}"},
            timeout=SECONDS,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # --- Galleries

    def galleries(self) -> Iterator[Gallery]:
        """Your galleries, newest first."""
        return cast(Iterator[Gallery], self.pages("galleries/"))

    def gallery(self, name: str, make: bool = False) -> Gallery:
        """The gallery with this name or id; with `make`, a new one if there is none."""
        for gallery in self.galleries():
            if name in (gallery["name"], gallery["id"]):
                return gallery
        if not make:
            raise CelebAttrError(f"There is no gallery “{name}”.", status=404, code="not_found")
        return cast(Gallery, self.request("POST", "galleries/", json={"name": name}))

    # --- Photos

    def photos(self, attrs: str = "", **query: str) -> Iterator[Photo]:
        """The photos that match a filter, e.g. "Smiling,-Eyeglasses"; `gallery` takes an id."""
        return cast(Iterator[Photo], self.pages("photos/", attrs=attrs, **query))

    def known(self, gallery: str, hashes: list[str]) -> dict[str, str]:
        """The ids of the photos that the gallery, given by id, has of these files, by SHA-256."""
        known: dict[str, str] = {}
        for start in range(0, len(hashes), MOST_HASHES):
            body = {"gallery": gallery, "sha256": hashes[start : start + MOST_HASHES]}
            known |= self.request("POST", "photos/known/", json=body)["known"]
        return known

    def upload(self, path: Path, gallery: str, wait: int = 0) -> Photo:
        """Upload a picture to a gallery, given by id.

        The answer may be held for `wait` seconds, at most 30, until the photo is analyzed. If the
        connection breaks, the upload is sent again under the same key, so it stays one photo.

        Raises:
            OSError: the file cannot be read, or changes meanwhile.
        """
        content = read_whole(path)
        return cast(
            Photo,
            self.request(
                "POST",
                "photos/",
                params={"wait": wait},
                data={"gallery": gallery},
                files={"image": (legible(path.name), content)},
                headers={"Idempotency-Key": str(uuid4())},
            ),
        )

    def download(self, photo: Photo, folder: Path) -> Path:
        """Save a photo's picture in a folder, under its name and id."""
        stem = Path(photo["name"]).stem
        path = folder / f"{stem}-{UUID(photo['id']).hex[:8]}.jpg"
        part = path.with_suffix(".part")
        with self._http.stream("GET", photo["picture"]) as answer, part.open("wb") as file:
            self._check(answer)
            for chunk in answer.iter_bytes():
                file.write(chunk)
        part.replace(path)
        return path

    # --- Faces and answers

    def faces(self, attrs: str = "", **query: str) -> Faces:
        """The faces that match a filter: to go through, or as a table."""
        return Faces(self, {"attrs": attrs, **query})

    def answers(self, **query: str) -> Iterator[Correction]:
        """People's answers, newest first; `gallery` takes an id, `attribute` a name."""
        return cast(Iterator[Correction], self.pages("corrections/", **query))

    def label(self, path: Path, gallery: str) -> Imported:
        """Apply the labels in a file as your answers to a gallery, given by id.

        The file is a table, COCO's annotations, or an export's JSON lines.
        """
        files = {"file": (legible(path.name), read_whole(path))}
        address = f"galleries/{gallery}/corrections/import/"
        return cast(Imported, self.request("POST", address, files=files))

    def export(self, path: Path, attrs: str = "", **query: str) -> None:
        """Save the matching faces as a file: .csv, .jsonl, .json (COCO) or .parquet."""
        if path.suffix not in EXPORTS:
            known = ", ".join(EXPORTS)
            raise CelebAttrError(f"An export is a file of one of these kinds: {known}")
        part = path.with_name(f"{path.name}.part")
        query = {"attrs": attrs, **query}
        with ExitStack() as stack:
            answer = stack.enter_context(
                self._http.stream("GET", f"photos/{EXPORTS[path.suffix]}", params=query)
            )
            self._check(answer)
            file = stack.enter_context(part.open("wb"))
            for chunk in answer.iter_bytes():
                file.write(chunk)
        part.replace(path)

    # --- Requests

    def pages(self, address: str, **query: str) -> Iterator[Any]:
        """The rows of a list, page after page."""
        page = self.request("GET", address, params={"page_size": PAGE_SIZE, **query})
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            page = self.request("GET", page["next"])

    def request(self, method: str, address: str, **content: Any) -> Any:
        """What the API answers, as Python values; a failure that may pass is tried again."""
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, address, **content)
            except httpx.TransportError as error:
                if not left:
                    raise CelebAttrError(f"The site cannot be reached: {error}") from error
                time.sleep(min(2 ** (TRIES - 1 - left), LONGEST_WAIT))
                continue
            if not left or not _may_pass(answer):
                break
            time.sleep(_wait_of(answer, tries=TRIES - left))
        self._check(answer)
        return answer.json() if answer.content else None

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        answer.read()
        try:
            error = answer.json()["error"]
            message, code = error["message"], error["code"]
        except (ValueError, KeyError, TypeError):  # not the API: a proxy, or another site
            message, code = f"The site answered {answer.status_code} {answer.reason_phrase}.", ""
        raise CelebAttrError(message, status=answer.status_code, code=code)


def _may_pass(answer: httpx.Response) -> bool:
    """Whether a failure may be temporary; for a conflict, the site says so."""
    is_conflict = answer.status_code == 409 and "Retry-After" in answer.headers
    return is_conflict or answer.status_code in PASSING


def _wait_of(answer: httpx.Response, tries: int) -> float:
    """Seconds: what the site asks for, or twice as long each time."""
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked) if asked.isdigit() else 2.0 ** (tries - 1), LONGEST_WAIT)
