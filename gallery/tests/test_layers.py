"""Imports within gallery go down only, and never in a circle."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

from django.conf import settings

import gallery

ROOT = Path(gallery.__file__).parent
LAYERS = (  # from the bottom; rooms of one layer do not import each other
    ("names", "labels", "outages", "trace"),
    ("fields", "storage", "figures"),
    ("models",),
    ("variants",),
    ("people",),
    ("audit",),
    ("webhooks",),
    ("media", "library"),
    ("filters",),
    ("analysis",),
    ("uploads", "answers", "sharing"),
    ("exchange", "operation"),
    ("views.forms", "views.requests"),
    ("views.contexts",),
    ("views", "api"),
    ("checks", "admin", "urls", "account_urls"),
    ("apps",),
    ("management",),
)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    module_name(path): path
    for path in sorted(ROOT.rglob("*.py"))
    if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts) and path.stat().st_size
}


def imported(path: Path) -> set[str]:
    """The modules of gallery that a file imports, in functions and for type checkers too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.module and not node.level  # relative imports would not be seen here
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    found = {name.removeprefix("gallery.") for name in names if name.startswith("gallery.")}
    return found & set(MODULES)


def room_of(module: str) -> str:
    """The longest name of a room in LAYERS that the module is in."""
    rooms = [room for layer in LAYERS for room in layer if f"{module}.".startswith(f"{room}.")]
    return max(rooms, key=len)


def test_every_module_imports_only_its_own_room_and_those_below():
    height = {room: level for level, layer in enumerate(LAYERS) for room in layer}

    wrong = [
        f"{module} imports {other}"
        for module, path in MODULES.items()
        for other in imported(path)
        if room_of(other) != room_of(module) and height[room_of(other)] >= height[room_of(module)]
    ]

    assert wrong == []


def test_no_modules_import_each_other_in_a_circle():
    order = TopologicalSorter({module: imported(path) for module, path in MODULES.items()})

    order.prepare()  # CycleError names the modules of a circle


def test_the_site_and_its_worker_need_only_the_small_requirements():
    files = [settings.BASE_DIR / f"requirements{kind}.txt" for kind in ("", "-parquet", "-s3")]
    large = "".join(file.read_text() for file in files)
    names = [*re.findall(r"^(\w+)==", large, re.M), "cv2", "storages"]
    modules = sorted(f"gallery.{name}" for name in MODULES if not name.endswith("train_model"))
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({names}))\n"  # None: cannot be imported
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'celebattr.settings'\n"
        "import django; django.setup()\n"
        f"import celebattr.urls, ml.faces.finder, ml.networks.exported, {', '.join(modules)}"
    )

    assert {"torch", "boto3", "pyarrow"} <= set(names)
    assert len(modules) > 90
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR).returncode == 0
