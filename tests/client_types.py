"""The types of the client, made from the API's schema: `python -m tests.client_types`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TYPES = Path(__file__).resolve().parents[1] / "client/celebattr_client/types.py"
ROOTS = ("Correction", "Gallery", "Imported", "Photo")  # with what they consist of
PLAIN = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}
MANY = 10  # properties of one kind: a mapping by name
HEAD = '"""What the API answers. Made by `python -m tests.client_types`; do not edit."""\n'


def make_types(schemas: dict[str, Any]) -> str:
    """The module's text."""
    names: list[str] = []
    for root in ROOTS:
        _collect(root, schemas, names)
    parts = [_definition(name, schemas) for name in names]
    imports = "from typing import Literal, TypedDict\n"
    return "\n\n".join([HEAD + "\n" + imports, *parts])


def _collect(name: str, schemas: dict[str, Any], names: list[str]) -> None:
    """Add a type's name after the names of those that it consists of."""
    for inner in _references(schemas[name]):
        if inner not in names:
            _collect(inner, schemas, names)
    if name not in names:
        names.append(name)


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for one in schema for name in _references(one)]
    if not isinstance(schema, dict):
        return []
    found = [schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else []
    return found + [name for one in schema.values() for name in _references(one)]


def _definition(name: str, schemas: dict[str, Any]) -> str:
    schema = schemas[name]
    properties = schema.get("properties", {})
    kinds = {_type(each) for each in properties.values()}
    if not properties or (len(properties) > MANY and len(kinds) == 1):
        null = " | None" if schema.get("nullable") else ""
        kind = f"dict[str, {kinds.pop()}]{null}" if kinds else _type(schema)
        return f"{name} = {kind}\n"
    lines = [f"    {key}: {_type(each)}" for key, each in properties.items()]
    words = schema.get("description", "").split("\n")[0]
    doc = [f'    """{words}"""', ""] if words else []
    return "\n".join([f"class {name}(TypedDict):", *doc, *lines]) + "\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        found = schema["$ref"].rsplit("/", 1)[1]
    elif "allOf" in schema:
        found = _type(schema["allOf"][0])
    elif "enum" in schema:
        found = f"Literal[{', '.join(repr(each) for each in schema['enum'])}]".replace("'", '"')
    elif schema["type"] == "array":
        found = f"list[{_type(schema['items'])}]"
    elif schema["type"] == "object":
        found = f"dict[str, {_type(schema['additionalProperties'])}]"
    else:
        found = PLAIN[schema["type"]]
    return f"{found} | None" if schema.get("nullable") else found


def live_types() -> str:
    """The module's text as the API is now."""
    from drf_spectacular.generators import SchemaGenerator

    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    text = make_types(schema["components"]["schemas"])
    for command in (["check", "--quiet", "--fix", "--select", "I"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "-"]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    return text


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")
    django.setup()
    TYPES.write_text(live_types())
