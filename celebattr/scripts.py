"""The scripts of a page joined into one file each, as the style sheets are.

Pages load the entries, `static/js/NAME.js`, and exactly one entry names each module. An entry
becomes one file with its modules in it. Other entries import the modules of `site.js` from that
file, so that none runs twice in a page.

Each import or export must be on one line, by name or `* as`. Default exports and cycles are
refused.
"""

import re
from pathlib import Path

MAIN = "site.js"  # on every page
ENTRIES = (MAIN, "grid.js", "review.js", "uploads.js")
IMPORT = re.compile(r'^import (?:(?P<names>\{ .+ \}|\* as \w+) from )?"(?P<path>\..+)";\n', re.M)
IMPORTED = re.compile(r"(\w+)(?: as \w+)?(?=,| })")  # between the braces of an import
EXPORT = re.compile(r"^export (?=(?:const|(?:async )?function\*?|class) ?(?P<name>\w+))", re.M)
COMMENT = re.compile(r"^ *//.*\n", re.M)


def whole_script(entry: Path) -> str:
    """The text of an entry with all of its modules in it, without their comments.

    Raises:
        ValueError: two modules import each other, a name is imported that its module does not
            export, or an import or export cannot be read.
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
        if not found["names"]:
            return ""
        source = (module.parent / found["path"]).resolve()
        if unknown := set(IMPORTED.findall(found["names"])) - set(_exports(source)):
            raise ValueError(
                f"{module.name} imports {unknown}, which {source.name} does not export"
            )
        names = found["names"].removeprefix("* as ").replace(" as ", ": ")
        return f"const {names} = {_variable(source)};\n"

    body = COMMENT.sub("", EXPORT.sub("", IMPORT.sub(bound, module.read_text())))
    if unread := re.search(r"^(?:import|export)\b.*", body, re.M):
        raise ValueError(f"{module.name}: this cannot be joined: {unread[0]}")
    exports = ", ".join(_exports(module))
    return f"const {_variable(module)} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _exports(module: Path) -> list[str]:
    return [found["name"] for found in EXPORT.finditer(module.read_text())]
