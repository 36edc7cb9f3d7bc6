"""Nothing here unpickles what a file or the net brings: not by a pickle, not by torch.load."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

UNPICKLERS = {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}  # modules
APPS = ("gallery", "ml", "celebattr", "client")
FILES = sorted(
    path
    for app in APPS
    for path in (settings.BASE_DIR / app).rglob("*.py")
    if "tests" not in path.parts
)


def unsafe(source: str) -> list[str]:
    """The imports and calls in a source that may unpickle."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [one.name for one in names if one.name.split(".")[0] in UNPICKLERS]
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in UNPICKLERS:
                found.append(module)
            case ast.Call(func=ast.Attribute(attr=name), keywords=keywords):
                words = {ast.unparse(one) for one in keywords}
                is_tensors = ast.unparse(node.func) != "torch.load" or "weights_only=True" in words
                if not is_tensors or "allow_pickle=True" in words or name == "read_pickle":
                    found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "torch.load('a.pt')",
        "torch.load('a.pt', weights_only=False)",
        "np.load('a.npy', allow_pickle=True)",
        "pd.read_pickle('a.pkl')",
    ],
)
def test_what_unpickles_is_seen(source):
    assert len(unsafe(source)) == 1


def test_what_reads_tensors_alone_is_not():
    assert unsafe("torch.load('a.pt', 'cpu', weights_only=True)") == []


def test_nothing_unpickles():
    found = {path: calls for path in FILES if (calls := unsafe(Path(path).read_text()))}

    assert len(FILES) > 200 and found == {}
