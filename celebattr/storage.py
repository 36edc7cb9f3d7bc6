"""Static files under names that carry a hash of their content, so browsers keep them for good."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from celebattr.scripts import ENTRIES, whole_script

# A relative name in `import "./x.js"` or `import ... from "./x.js"`.
IMPORT = r'(?P<matched>(?P<word>\b(?:import|from)) "(?P<url>\.{1,2}/[^"]+\.js)")'
STYLE_IMPORT = re.compile(r'@import url\("(.+)"\);')
STYLE_COMMENT = re.compile(r" */\*.*?\*/\n?", re.S)


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Puts the hash into the imports of this project's scripts, too, and joins styles and scripts.

    Django's own switch for the imports, `support_js_module_import_aggregation`, takes text in other
    packages' minified scripts for imports, and then fails.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((IMPORT, '%(word)s "%(url)s"'),)),
    )

    def post_process(
        self, paths: dict[str, tuple[Any, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Hash and compress; style sheet and scripts take in what they import first."""
        if not dry_run:
            memory = InMemoryStorage()
            for name, whole in WHOLE.items():
                source, path = paths[name]
                memory.save(path, ContentFile(whole(Path(source.path(path)))))
                paths = {**paths, name: (memory, path)}
        yield from super().post_process(paths, dry_run, **options)


def whole_style_sheet(path: Path) -> str:
    """The text of a style sheet without comments, with what it imports in place of each `@import`.

    One request instead of thirty: a page is not drawn before its styles are there.
    """
    text = STYLE_IMPORT.sub(lambda match: (path.parent / match[1]).read_text(), path.read_text())
    return STYLE_COMMENT.sub("", text)


WHOLE: dict[str, Callable[[Path], str]] = {
    "css/site.css": whole_style_sheet,
    **{f"js/{name}": whole_script for name in ENTRIES},
}
