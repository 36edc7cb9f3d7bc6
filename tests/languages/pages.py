"""What people read of a page: its texts, and those of its attributes."""

import re
from html.parser import HTMLParser

# Words of English sentences that no sentence of another language of the site has.
ENGLISH = re.compile(
    r"\b(the|and|of|is|are|your|you|with|this|not|to|for|have|has|from|be|or|on|no|yes|were|than|when|which|who|what|only|more|at)\b",
    re.I,
)
SPOKEN = ("alt", "aria-label", "content", "label", "placeholder", "title")
UNSEEN = ("script", "style", "code", "kbd")


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._within.append(tag)
        self._take(*(value for name, value in attrs if name in SPOKEN))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._take(*(value for name, value in attrs if name in SPOKEN))

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self._take(data)

    def _take(self, *texts: str | None) -> None:
        self.texts += [" ".join(text.split()) for text in texts if text and text.strip()]


def texts_of_page(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.texts
