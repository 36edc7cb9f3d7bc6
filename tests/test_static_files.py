"""Scripts and styles: names with hashes, and one place for each rule."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test.utils import override_settings

from celebattr.scripts import ENTRIES, MAIN, whole_script

STATIC = settings.BASE_DIR / "static"
SCRIPTS = STATIC / "js"
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")
STORAGES = settings.STORAGES  # what the site runs with; the other tests collect nothing


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=root, STORAGES=STORAGES):
        call_command("collectstatic", verbosity=0, interactive=False)
        for script in SCRIPTS.rglob("*.js"):
            name = str(script.relative_to(STATIC))
            assert (root / staticfiles_storage.stored_name(name)).is_file()
    return root


def test_every_import_names_a_file_with_a_hash(collected: Path):
    scripts = [path for path in (collected / "js").rglob("*.js") if HASHED.search(path.name)]
    imports = [
        (path.parent / name).resolve()
        for path in scripts
        for name in re.findall(r"""["'](\.{1,2}/[^"']+)["']""", path.read_text())
    ]

    assert len(scripts) == len(list(SCRIPTS.rglob("*.js")))
    assert len(imports) >= len(scripts) - 1
    assert all(HASHED.search(path.name) and path.is_file() for path in imports)


def test_each_module_is_named_by_one_of_the_scripts_that_pages_load():
    entries = [SCRIPTS / name for name in ENTRIES]

    named = [
        (SCRIPTS / name).resolve()
        for entry in entries
        for name in re.findall(r'^import "(.+)";$', entry.read_text(), re.M)
    ]

    assert sorted(named) == sorted(modules())


def modules() -> set[Path]:
    """All scripts but those that pages load."""
    return set(SCRIPTS.rglob("*.js")) - {SCRIPTS / name for name in ENTRIES}


def test_scripts_hold_each_module_once_and_import_only_the_first(collected: Path):
    texts = {
        name: next((collected / "js").glob(f"{Path(name).stem}.*[0-9a-f].js")).read_text()
        for name in ENTRIES
    }
    together = "".join(texts.values())

    assert len(re.findall(r"^const \w+_js = \(\(\) => \{$", together, re.M)) == len(modules())
    assert not re.search(r"^ *//", together, re.M)
    assert not re.search(r"^import", texts.pop(MAIN), re.M)
    for text in texts.values():
        [address] = re.findall(r'^import .*"(.+)";$', text, re.M)
        assert re.fullmatch(r"\./site\.[0-9a-f]{12}\.js", address)


def test_exports_are_found_by_those_that_import_them(tmp_path):
    folder = tmp_path / "js"
    write(folder, "site.js", 'import "./dom.js";\n')
    write(folder, "dom.js", "export const one = 1;\nexport async function two() {}\n")
    write(folder, "grid.js", 'import "./grid/rows.js";\nimport "./grid/cells.js";\n')
    write(folder, "grid/rows.js", 'import { one as first } from "../dom.js";\nfirst();\n')
    write(folder, "grid/cells.js", 'import * as rows from "./rows.js";\nrows.show();\n')

    assert whole_script(folder / "site.js") == (
        "const dom_js = (() => {\nconst one = 1;\nasync function two() {}\n"
        "return { one, two };\n})();\nexport { dom_js };\n"
    )
    assert whole_script(folder / "grid.js") == (
        'import { dom_js } from "./site.js";\n'
        "const grid_rows_js = (() => {\nconst { one: first } = dom_js;\nfirst();\n"
        "return {  };\n})();\n"
        "const grid_cells_js = (() => {\nconst rows = grid_rows_js;\nrows.show();\n"
        "return {  };\n})();\n"
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('import { three } from "./dom.js";', "{'three'}, which dom.js does not export"),
        ('import * as dom, { two } from "./dom.js";', "one.js: this cannot be joined: import"),
        ("export default 1;", "one.js: this cannot be joined: export default 1;"),
        ("export let four = 4;", "one.js: this cannot be joined: export let four = 4;"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path, line, problem):
    write(tmp_path, "site.js", 'import "./one.js";\n')
    write(tmp_path, "dom.js", "export const two = 2;\n")
    write(tmp_path, "one.js", f"{line}\n")

    with pytest.raises(ValueError, match=re.escape(problem)):
        whole_script(tmp_path / "site.js")


def test_a_cycle_of_imports_is_refused(tmp_path):
    folder = tmp_path / "js"
    write(folder, "site.js", 'import "./one.js";\n')
    write(folder, "one.js", 'import "./two.js";\n')
    write(folder, "two.js", 'import "./one.js";\n')

    with pytest.raises(ValueError, match="one.js imports itself by way of two.js"):
        whole_script(folder / "site.js")


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_pages_load_one_style_sheet_which_holds_all_others(collected: Path):
    [whole] = (collected / "css").glob("site.*[0-9a-f].css")
    text = whole.read_text()
    others = [path for path in (STATIC / "css").rglob("*.css") if path.name != "site.css"]

    assert len(others) > 20
    assert "@import" not in text
    assert [path.name for path in others if text.count(end_of(path)) != 1] == []
    for address in re.findall(r'url\("(.+?)"\)', text):
        assert (whole.parent / address).resolve().is_file()


def end_of(path: Path) -> str:
    """The last characters of a style sheet: no address is among them, and no comment."""
    return path.read_text().rpartition("*/")[2][-80:]


def test_only_the_first_style_sheet_names_other_files():
    sheets = [path for path in (STATIC / "css").rglob("*.css") if path.name != "site.css"]

    # An address is relative to the sheet it is in, and all of them become `css/site.css`.
    assert [path.name for path in sheets if "url(" in path.read_text()] == ["tokens.css"]


def test_the_dialog_tells_of_every_key():
    table = re.search(r"KEYS = \{\n(.+?)\};", (STATIC / "js/keys.js").read_text(), re.S)
    keys = set(re.findall(r'^  "?([^\s":]+)"?: ', table[1], re.M))
    dialog = (settings.BASE_DIR / "templates/includes/keys.html").read_text()
    names = {"←": "ArrowLeft", "→": "ArrowRight", "Esc": "Escape", "Shift": "x", "Del": "Delete"}
    names |= {"↑": "ArrowUp", "↓": "ArrowDown"}

    told = {names.get(name, name) for name in re.findall(r"<kbd>(.+?)</kbd>", dialog)}

    assert keys and keys == told - {"1", "9"}  # the digits are not in the table


def style_rules() -> list[tuple[str, ...]]:
    """Each rule of all style sheets: its layer, the conditions around it, its selectors."""
    rules: list[tuple[str, ...]] = []
    for path in sorted((STATIC / "css").rglob("*.css")):
        around: list[str] = []
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for opening in re.findall(r"([^{};]+\{)|\}", text):
            if not opening:
                around.pop()
                continue
            around.append(" ".join(opening[:-1].split()))
            if not around[-1].startswith("@"):
                rules.append(tuple(around))
    return rules


def test_every_style_rule_is_in_a_layer():
    layers = re.search(r"@layer (.+);", (STATIC / "css/tokens.css").read_text())

    assert {rule[0] for rule in style_rules()} == {
        f"@layer {name}" for name in layers[1].split(", ")
    }


def test_no_two_style_rules_have_the_same_selectors():
    rules = style_rules()

    assert [rule for rule in set(rules) if rules.count(rule) > 1] == []
