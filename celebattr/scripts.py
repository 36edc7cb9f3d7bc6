"""The scripts of a page joined into one file each, as the style sheets are.

`static/js/NAME.js` are the entries, which pages load; every module below is named by one of them.
An entry becomes one file with its modules in it. What another entry needs of the first one's
modules, it imports from `site.js`: so no module runs twice in a page.

Modules may use what the expressions below can read: one import or export a line, of names or of all
(`* as`), no default, and no circle.
"""

import re
from pathlib import Path

MAIN = "site.js"  # on every page
ENTRIES = (MAIN, "grid.js", "review.js", "uploads.js")
IMPORT = re.compile(r'^import (?:(?P<names>\{ .+ \}|\* as \w+) from )?"(?P<path>\..+)";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:const|(?:async )?function\*?|class) ?(?P<name>\w+))", re.M)
COMMENT = re.compile(r"^ *//.*\n", re.M)


def whole_script(entry: Path) -> str:
    """The text of an entry with all of its modules in it, without their comments.

    Raises:
        ValueError: two modules import each other.
    """
    main = _modules(entry.with_name(MAIN))
    if entry.name == MAIN:
        names = ", ".join(map(_variable, main))
        return "".join(map(_as_function, main)) + f"export {{ {names} }};\n"
    own = [module for module in _modules(entry) if module not in main]
    needed = sorted({path for module in own for path in _imports(module)} - set(own))
    names = ", ".join(map(_variable, needed))
    return f'import {{ {names} }} from "./{MAIN}";\n' + "".join(map(_as_function, own))


def _modules(entry: Path) -> list[Path]:
    """All that a script imports, each after what it imports itself; not the script."""
    found: list[Path] = []

    def visit(path: Path, importers: tuple[Path, ...]) -> None:
        if path in importers:
            raise ValueError(f"{path.name} imports itself by way of {importers[-1].name}")
        if path in found:
            return
        for imported in _imports(path):
            visit(imported, (*importers, path))
        found.append(path)

    visit(entry, ())
    return found[:-1]


def _imports(path: Path) -> list[Path]:
    return [(path.parent / found["path"]).resolve() for found in IMPORT.finditer(path.read_text())]


def _variable(module: Path) -> str:
    """What stands for a module's exports in the joined file."""
    folder = "" if module.parent.name == "js" else f"{module.parent.name}_"
    return f"{folder}{module.stem}_js"


def _as_function(module: Path) -> str:
    """A module as a function that runs once and returns the exports."""

    def bound(found: re.Match[str]) -> str:
        source = _variable((module.parent / found["path"]).resolve())
        if not found["names"]:
            return ""
        names = found["names"].removeprefix("* as ").replace(" as ", ": ")
        return f"const {names} = {source};\n"

    text = module.read_text()
    exports = ", ".join(found["name"] for found in EXPORT.finditer(text))
    body = COMMENT.sub("", EXPORT.sub("", IMPORT.sub(bound, text)))
    return f"const {_variable(module)} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"
