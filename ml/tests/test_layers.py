"""What the packages of ml may import: only what stands below them, and no Django."""

import ast
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ML = settings.BASE_DIR / "ml"
LEVELS = (  # each may import itself and what is in the lines above it
    (
        "attributes",
        "preprocessing",
        "color_codes",
        "likeness",
        "figures",
        "files",
        "facts",
        "pipeline",
    ),
    ("colors", "hardware"),
    ("data", "evaluation", "faces"),
    ("networks", "models"),
    ("engine", "training"),
    ("prediction",),
    ("management", "apps", "batch"),
)
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
NEED_DJANGO = ("models", "apps", "management")


def modules() -> dict[Path, str]:
    """Every module but tests and migrations, with the package or top module that it belongs to."""
    paths = [path.relative_to(ML) for path in ML.rglob("*.py") if path.name != "__init__.py"]
    found = {path: path.parts[0].removesuffix(".py") for path in sorted(paths)}
    return {path: name for path, name in found.items() if name not in ("tests", "migrations")}


def imported(path: Path) -> set[str]:
    """The full names of the modules that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ML / path).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_package_imports_only_what_stands_below_it():
    upward = [
        f"{path} imports {name}"
        for path, own in modules().items()
        for name in imported(path)
        if name.startswith("ml.") and (part := name.split(".")[1]) != own
        if LEVEL[part] >= LEVEL[own]
    ]

    assert upward == []


def test_nothing_of_the_site_is_imported():
    roots = {name.split(".")[0] for path in modules() for name in imported(path)}

    assert "ml" in roots
    assert not {"gallery", "celebattr"} & roots


def test_the_library_imports_without_django():
    names = [
        ".".join(("ml", *path.with_suffix("").parts))
        for path, own in modules().items()
        if own not in NEED_DJANGO
    ]
    code = f"import sys, {', '.join(names)}; sys.exit('django' in sys.modules)"

    assert len(names) > 30
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR).returncode == 0
