"""The reference page of a configuration file, in Markdown, from its JSON schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from labkit.descriptions import described

Schema = Mapping[str, Any]
Definitions = Mapping[str, Schema]
#: Of sections that another page describes: its address, by the section's name.
Elsewhere = Mapping[str, str]
NOTHING: Elsewhere = {}

_FORMATS = {
    "ipvanyaddress": "IP address",
    "ipvanynetwork": "IP network",
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


def page(
    model: type[BaseModel], title: str, introduction: str, elsewhere: Elsewhere = NOTHING
) -> str:
    """All sections of the files that a model reads, each with a table of its fields.

    Those that another page describes, `elsewhere`, are links to it.
    """
    schema = described(model)
    definitions: Definitions = {
        name: {**each, "page": elsewhere.get(name, "")}
        for name, each in schema.get("$defs", {}).items()
    }
    lines = [f"# {title}", "", introduction, ""]
    lines += _section("The file", schema, definitions)
    for name in dict.fromkeys(_references(schema, definitions)):
        if definitions[name].get("type") == "object":
            lines += _section(name, definitions[name], definitions)
    return "\n".join(lines).rstrip() + "\n"


def _section(name: str, schema: Schema, definitions: Definitions) -> list[str]:
    required = schema.get("required", ())
    rows = []
    for field, each in schema["properties"].items():
        default = _default(each, required=field in required)
        rows.append(f"| `{field}` | {_type(each, definitions)} | {default} | {_text(each)} |")
    heading = ["| Field | Type | Default | Meaning |", "|---|---|---|---|"]
    return [f"## {name}", "", *_paragraphs(schema), *heading, *rows, ""]


def _references(schema: Schema, definitions: Definitions) -> Iterator[str]:
    """The names of the sections below one, in the order in which they are met."""
    for each in _types_of(schema):
        if "$ref" in each:
            name = _name(each)
            if definitions[name]["page"]:
                continue
            yield name
            yield from _references(definitions[name], definitions)


def _types_of(schema: Schema) -> Iterator[Schema]:
    """A type, and the types in it."""
    yield schema
    for part in ("properties", "patternProperties"):
        for each in schema.get(part, {}).values():
            yield from _types_of(each)
    for each in _choices(schema):
        yield from _types_of(each)
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from _types_of(schema[part])


def _choices(schema: Schema) -> tuple[Schema, ...]:
    """The types of which a value has one."""
    return (*schema.get("anyOf", ()), *schema.get("oneOf", ()))


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _type(schema: Schema, definitions: Definitions) -> str:
    def below(part: str) -> str:
        inside = schema.get(part)
        return _type(inside if isinstance(inside, dict) else {}, definitions)

    if "$ref" in schema:
        name = _name(schema)
        if definitions[name].get("type") != "object":  # an enumeration
            return _type(definitions[name], definitions)
        page_of_it = definitions[name]["page"]
        return f"[{name}]({page_of_it or f'#{name.lower()}'})"
    if choices := _choices(schema):
        kinds = [_type(each, definitions) for each in choices if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        each_its_own = [_type(each, definitions) for each in schema.get("prefixItems", ())]
        return f"list of {', '.join(each_its_own) or below('items')}"
    if schema.get("type") == "object":
        by_pattern = [*schema.get("patternProperties", {}).values()]
        kind = _type(by_pattern[0], definitions) if by_pattern else below("additionalProperties")
        return f"by name: {kind}"
    kind = _FORMATS.get(schema.get("format", "")) or _TYPES.get(schema.get("type", ""), "any")
    return f"{kind}{_range(schema)}"


def _range(schema: Schema) -> str:
    least = schema.get("minimum")
    above = schema.get("exclusiveMinimum")
    most = schema.get("maximum")
    below = schema.get("exclusiveMaximum")
    parts = [
        f"from {least:g}" if least is not None else "",
        f"above {above:g}" if above is not None else "",
        f"to {int(most)}" if most is not None else "",
        f"below {below:g}" if below is not None else "",
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
