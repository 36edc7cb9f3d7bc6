"""All templates, whether or not a test renders them."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

FOLDER = settings.BASE_DIR / "templates"
LONGEST = 160  # the formatter cannot break every line
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())


def test_no_line_is_too_long():
    long = [
        f"{path.relative_to(FOLDER)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST
    ]

    assert FILES and long == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_template_compiles(path: Path):
    get_template(str(path.relative_to(FOLDER)))
