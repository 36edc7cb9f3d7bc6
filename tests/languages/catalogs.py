"""The catalogs in locale/, and the texts that the code, the templates and the scripts hold."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = settings.BASE_DIR
OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
DOMAINS = ("django", "djangojs")
CATALOGS = [(code, domain) for code in OTHERS for domain in DOMAINS]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?\w+|https?://\S+")

Text = tuple[str, str | tuple[str, ...]]  # its context, or "", and the text in its forms


def path_of(language: str, domain: str, suffix: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / f"{domain}.{suffix}"


def read_catalog(language: str, domain: str) -> Catalog:
    return read_po(BytesIO(path_of(language, domain, "po").read_bytes()))


def read_compiled(language: str, domain: str) -> Catalog:
    return read_mo(BytesIO(path_of(language, domain, "mo").read_bytes()))


def texts_of(catalog: Catalog) -> dict[Text, str | tuple[str, ...]]:
    return {(m.context or "", _forms(m.id)): _forms(m.string) for m in catalog if m.id}


def _forms(text: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


def pairs_of(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each text with its translation, each plural form with the form of the same number."""
    for message in catalog:
        if isinstance(message.id, str):
            yield message.id, str(message.string)
        else:
            yield from zip(message.id, message.string, strict=True)


def texts_in(domain: str) -> set[Text]:
    """What the files of a domain hold."""
    if domain == "djangojs":
        return {text for path in _files("static/js", ".js") for text in _read(path, "javascript")}
    found = {text for path in _files("templates", "") for text in _read_template(path)}
    for room in ("celebattr", "gallery", "ml"):
        found |= {text for path in _files(room, ".py") for text in _read(path, "python")}
    return found


def _files(folder: str, suffix: str) -> list[Path]:
    return [
        path
        for path in sorted((ROOT / folder).rglob(f"*{suffix}"))
        if path.is_file() and "tests" not in path.relative_to(ROOT).parts
    ]


def _read(path: Path, method: str) -> Iterator[Text]:
    with path.open("rb") as file:
        yield from _extract(method, file)


def _read_template(path: Path) -> Iterator[Text]:
    """Django makes Python of a template; what its tokenizer would stumble over is left out."""
    if path.suffix == ".svg":
        return
    python = templatize(path.read_text(), origin=str(path))
    for call in re.findall(r"\b(?:[np]*gettext|_)\(.*\)", python):
        yield from _extract("python", BytesIO(call.encode()))


def _extract(method: str, file: object) -> Iterator[Text]:
    for _, text, _, context in extract(method, file, keywords=KEYWORDS):
        yield context or "", text
