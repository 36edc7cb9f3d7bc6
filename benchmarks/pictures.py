"""Pictures to upload: portraits, or drawn faces."""

import io
from pathlib import Path

from ml.data.drawing import draw_face

DRAWN, SIZE = 16, (712, 872)  # drawn pictures, and their pixels


def pictures(portraits: Path | None) -> list[bytes]:
    """The files of `images/` in a folder, or drawn faces where there is none."""
    if portraits:
        return [file.read_bytes() for file in sorted((portraits / "images").iterdir())]
    return [_drawn(seed) for seed in range(DRAWN)]


def _drawn(seed: int) -> bytes:
    content = io.BytesIO()
    draw_face(("Smiling", "Young"), SIZE, seed).save(content, "JPEG")
    return content.getvalue()
