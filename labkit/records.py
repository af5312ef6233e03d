"""Records: what a process says while it runs, each a frozen dataclass with one definition.

A kind of record is a subclass of `Record` in the package that says it. Its docstring says when it
comes and what its fields mean, `__str__` is its line for people; JSON, the reader and the table in
docs/records.md come from its fields. The publisher stamps the time.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from inspect import cleandoc
from typing import Annotated, Any, ClassVar, Self, get_type_hints

from pydantic import PlainSerializer, TypeAdapter, ValidationError

from labkit.frozen import replace
from labkit.reason import Reason
from labkit.text import visible

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_SHOWN = 80  # characters of a line that is no record


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


#: A moment, in JSON as ISO 8601 with milliseconds.
Moment = Annotated[datetime, PlainSerializer(_iso, return_type=str)]


class UnreadableRecordError(ValueError):
    """A line is no record of a program; the text is for people."""


@dataclass(frozen=True)
class Record:
    """Something that happened; `time` is lab time."""

    kind: ClassVar[str]
    time: Moment = field(default=_NEVER, kw_only=True)

    def at(self, time: datetime) -> Self:
        """The record of the same, which happened then."""
        return replace(self, time=time)


@dataclass(frozen=True, kw_only=True)
class Explained(Record):
    """A record that says why: the sentence, and its parts as labkit/reason.py has them.

    `place` is where it is configured: file, line and field.
    """

    reason: str = ""
    check: str = ""
    expected: str = ""
    seen: str = ""
    place: str = ""

    def because(self, reason: Reason | None) -> Self:
        """The record with a reason."""
        if reason is None:
            return self
        return replace(
            self,
            reason=reason.text,
            check=reason.check,
            expected=reason.expected,
            seen=reason.seen,
            place=str(reason.place or ""),
        )

    @property
    def why(self) -> str:
        """The reason as the end of a line for people, with its place; or nothing."""
        if not self.reason:
            return ""
        return f": {self.reason} ({self.place})" if self.place else f": {self.reason}"


_ADAPTERS: dict[type[Record], TypeAdapter[Any]] = {}  # made when they are first needed


def _adapter(kind: type[Record]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def as_object(record: Record) -> dict[str, Any]:
    """A record as JSON has it: `time` and `kind`, then its own fields."""
    kind = type(record)
    values = _adapter(kind).dump_python(record, mode="json")
    return {"time": values.pop("time"), "kind": kind.kind, **values}


def as_json(record: Record) -> str:
    """A record as one line for programs."""
    return json.dumps(as_object(record))


def as_text(record: Record) -> str:
    """A record as one line for people; control characters in it are written out."""
    return visible(f"{_iso(record.time)} {record}")


def _beginning(line: str | bytes) -> str:
    """The beginning of a line that is no record, as a literal: it may have anything in it."""
    text = line if isinstance(line, str) else line.decode("utf-8", "replace")
    return repr(text[:_SHOWN])


class RecordKinds:
    """The kinds of records of one program, in the order of its table."""

    def __init__(self, *kinds: type[Record]) -> None:
        self._kinds = {each.kind: each for each in kinds}

    def __iter__(self) -> Iterator[type[Record]]:
        return iter(self._kinds.values())

    def read(self, line: str | bytes) -> Record:
        """The record that `as_json` wrote. Raises UnreadableRecordError."""
        try:
            values = json.loads(line)
        except ValueError as error:
            raise UnreadableRecordError(f"not JSON: {_beginning(line)}") from error
        if not isinstance(values, dict):
            raise UnreadableRecordError(f"no JSON object: {_beginning(line)}")
        return self.of(values)

    def of(self, values: dict[str, Any]) -> Record:
        """The record of which JSON has these values. Raises UnreadableRecordError."""
        name = values.get("kind")
        kind = self._kinds.get(name) if isinstance(name, str) else None
        if kind is None:
            known = ", ".join(self._kinds)
            raise UnreadableRecordError(f"no record with one of these kinds: {known}")
        try:
            record: Record = _adapter(kind).validate_python(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UnreadableRecordError(f"{kind.kind}: {where}: {first['msg']}") from error
        return record

    def table(self) -> str:
        """The kinds and their fields, for people, as a table in Markdown."""
        lines = ["| Kind | When, and its fields |", "|---|---|"]
        for kind in self:
            text = " ".join(cleandoc(kind.__doc__ or "").split())
            names = ", ".join(_field_text(kind, name) for name in _own_fields(kind))
            lines.append(f"| `{kind.kind}` | {text}{'<br>' if names else ''}{names} |")
        return "\n".join(lines) + "\n"


def _own_fields(kind: type[Record]) -> list[str]:
    """The fields beside `time`, in the order of JSON."""
    return [each.name for each in fields(kind) if each.name != "time"]


def _field_text(kind: type[Record], name: str) -> str:
    return f"`{name}` {type_text(get_type_hints(kind)[name])}"


def type_text(hint: Any) -> str:
    """A type as a reader of JSON calls it."""
    schema = TypeAdapter(hint).json_schema(mode="serialization")
    return _schema_text(schema, schema.get("$defs", {}))


def _schema_text(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _schema_text(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return " or ".join(_schema_text(each, definitions) for each in schema["anyOf"])
    if "enum" in schema:
        return " / ".join(f'"{each}"' for each in schema["enum"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "prefixItems" in schema:
        parts = (_schema_text(each, definitions) for each in schema["prefixItems"])
        return f"[{', '.join(parts)}]"
    if schema.get("type") == "array":
        return f"list of {_schema_text(schema['items'], definitions)}"
    names = {"string": "text", "integer": "number", "null": "null"}
    kind = str(schema.get("type", "anything"))
    return names.get(kind, kind)
