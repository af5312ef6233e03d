"""The reference page of a configuration file, in Markdown, from its JSON schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

Schema = Mapping[str, Any]

_FORMATS = {
    "ipv4": "IPv4 address",
    "ipv4network": "IPv4 network",
    "date-time": "date and time with its zone",
    "path": "file name",
}
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "nothing",
}


def page(model: type[BaseModel], title: str, introduction: str) -> str:
    """All sections of the files that a model reads, each with a table of its fields."""
    schema = model.model_json_schema()
    definitions: Mapping[str, Schema] = schema.get("$defs", {})
    lines = [f"# {title}", "", introduction, ""]
    lines += _section("The file", schema)
    for name in dict.fromkeys(_references(schema, definitions)):
        if definitions[name].get("type") == "object":
            lines += _section(name, definitions[name])
    return "\n".join(lines).rstrip() + "\n"


def _section(name: str, schema: Schema) -> list[str]:
    required = schema.get("required", ())
    rows = []
    for field, each in schema["properties"].items():
        default = _default(each, required=field in required)
        rows.append(f"| `{field}` | {_type(each)} | {default} | {_text(each)} |")
    heading = ["| Field | Type | Default | Meaning |", "|---|---|---|---|"]
    return [f"## {name}", "", *_paragraphs(schema), *heading, *rows, ""]


def _references(schema: Schema, definitions: Mapping[str, Schema]) -> Iterator[str]:
    """The names of the sections below one, in the order in which they are met."""
    for each in _types_of(schema):
        if "$ref" in each:
            name = _name(each)
            yield name
            yield from _references(definitions[name], definitions)


def _types_of(schema: Schema) -> Iterator[Schema]:
    """A type, and the types in it."""
    yield schema
    for each in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from _types_of(each)
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from _types_of(schema[part])


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_name(schema).lower()})"
    if "anyOf" in schema:
        kinds = [_type(each) for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items']) if 'items' in schema else _items(schema)}"
    if schema.get("type") == "object":
        below = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
        return f"by name: {_type(next(filter(None, below), {}))}"
    kind = _FORMATS.get(schema.get("format", "")) or _TYPES.get(schema.get("type", ""), "any")
    return f"{kind}{_range(schema)}"


def _items(schema: Schema) -> str:
    return ", ".join(_type(each) for each in schema.get("prefixItems", ())) or "anything"


def _range(schema: Schema) -> str:
    least = schema.get("minimum")
    above = schema.get("exclusiveMinimum")
    most = schema.get("maximum")
    parts = [
        f"from {least:g}" if least is not None else "",
        f"above {above:g}" if above is not None else "",
        f"to {int(most)}" if most is not None else "",
    ]
    text = " ".join(filter(None, parts))
    return f", {text}" if text else ""


def _default(schema: Schema, *, required: bool) -> str:
    if required:
        return "must be given"
    if schema.get("default") is None:
        return ""
    if isinstance(schema["default"], dict):
        return "its defaults"
    return f"`{json.dumps(schema['default'])}`"


def _text(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _paragraphs(schema: Schema) -> list[str]:
    text = str(schema.get("description", "")).strip()
    return [text, ""] if text else []
