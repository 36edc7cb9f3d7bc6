"""Does the suite notice a change? Mutates one expression in each of N files and runs their tests.

    python -m benchmarks.mutations [--files 20] [--seed 1]

Works on a copy of the tree that it makes in a temporary folder. A mutation changes an operator, a
bound or a returned value. The tests of the file's own room run first, then all but the browser's.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {".git", ".venv", "var", "docs", "tests", "migrations", "checkpoints", "__pycache__"}
OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mutation:
    """One expression of a file, written otherwise."""

    file: Path
    line: int
    before: str
    after: str
    text: str  # of the whole file, mutated


def mutations(file: Path) -> Iterator[Mutation]:
    """Every mutation that the functions of a file allow."""
    source = file.read_text()
    lines = source.splitlines(keepends=True)
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            changed = mutate(node)
            if changed is None or node.lineno != node.end_lineno:
                continue
            place = node.lineno - 1
            line = lines[place].encode()
            start, end = node.col_offset, node.end_col_offset
            before, after = line[start:end].decode(), ast.unparse(changed)
            if isinstance(node, ast.expr):
                after = f"({after})"
            new = (line[:start] + after.encode() + line[end:]).decode()
            text = "".join([*lines[:place], new, *lines[place + 1 :]])
            yield Mutation(file, place + 1, before, after, text)


def mutate(node: ast.AST) -> ast.AST | None:
    """The node with its operator, bound or returned value changed; None where it has none."""
    changed = copy.deepcopy(node)
    match changed:
        case ast.Compare(ops=[operator]) if type(operator) in OPERATORS:
            changed.ops = [OPERATORS[type(operator)]()]
        case ast.BinOp(op=operator) | ast.BoolOp(op=operator) if type(operator) in OPERATORS:
            changed.op = OPERATORS[type(operator)]()
        case ast.Return(value=ast.Constant(value=bool(value))):
            changed.value = ast.Constant(not value)
        case ast.Return(value=ast.expr()):
            changed.value = ast.Constant(None)
        case _:
            return None
    return changed


def tests_of(file: Path) -> list[list[str]]:
    """What is run for a file, one after another until a test fails."""
    app, *rooms = file.relative_to(ROOT).parts[:-1]
    own = Path(app, "tests", *rooms[:1])
    first = own if (ROOT / own).exists() else Path(app, "tests")
    return [[str(first)], ["gallery/tests", "ml/tests"], ["tests/system"]]


def is_found(copied: Path, mutation: Mutation) -> bool:
    """Whether a test fails on the mutated copy, which is put right again."""
    target = copied / mutation.file.relative_to(ROOT)
    target.write_text(mutation.text)
    try:
        return any(run(copied, paths) for paths in tests_of(mutation.file))
    finally:
        shutil.copy(mutation.file, target)


def run(copied: Path, paths: list[str]) -> bool:
    """Whether one of these tests fails or cannot be collected."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "2", *paths]
    env = os.environ | {"SECRET_KEY": "for-tests-only"}
    code = subprocess.run(command, cwd=copied, env=env, capture_output=True).returncode
    return code not in (0, 5)  # 5: no tests. 1 and 2: a failure, which interrupts the others


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, found = random.Random(options.seed), 0
    files = [
        file
        for app in ("gallery", "ml")
        for file in sorted((ROOT / app).rglob("*.py"))
        if not LEFT_OUT & set(file.parts) and any(mutations(file))
    ]
    chosen = rng.sample(files, options.files)
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder, "tree")
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".git", ".venv", "var"))
        for file in chosen:
            mutation = rng.choice(list(mutations(file)))
            is_noticed = is_found(copied, mutation)
            found += is_noticed
            word = "found   " if is_noticed else "SURVIVED"
            place = f"{file.relative_to(ROOT)}:{mutation.line}"
            print(f"{word} {place}  {mutation.before}  ->  {mutation.after}", flush=True)
    print(f"{found} of {len(chosen)} mutations found")


if __name__ == "__main__":
    main()
