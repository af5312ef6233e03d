"""Configuration files: YAML read into pydantic models, with errors for the person who wrote it.

Every section knows where its fields were written (origin.py), so that a decision can name the line.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError
from ruamel.yaml import YAML

from labkit import document, problems
from labkit.descriptions import described
from labkit.errors import ConfigurationError
from labkit.origin import Origin, from_document, from_json
from labkit.reason import Place

__all__ = [
    "ConfigurationError",
    "Section",
    "document_of",
    "dump",
    "load",
    "load_text",
    "parse",
    "schema",
    "text_of",
]

EXIT_BAD_CONFIGURATION = 2
_LONGEST = 64 << 20  # octets of a file: a device may have no end
_PIECE = 64 << 10  # octets that are read at a time: memory is taken before it is known to be needed
#: The width of YAML that is written: where ruamel.yaml folds after a backslash, it adds a space.
UNFOLDED = 1 << 30


class Section(BaseModel):
    """A part of a configuration file: unknown fields are errors, values do not change."""

    # Built when it is first used: most sections are only ever read as a part of another one.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)

    #: Words that people write for a field, and its name: what was meant is said to them.
    other_words: ClassVar[Mapping[str, str]] = {}

    _origin: Origin = PrivateAttr(default_factory=Origin)

    def place(self, field: str = "", *keys: object) -> Place:
        """Where a field is configured, or this section itself without a field.

        `keys` lead further, to an entry of the field: a key of a mapping, the index in a list.
        What was not written has the line of the part around it. Raises KeyError when the section
        has no such field.
        """
        if not field:
            return self._origin.place
        return self._origin.at(_key(type(self), field), *map(str, keys)).place

    def places(self) -> Origin:
        """The places of this section and of all below it, as far as they are known."""
        below = dict(self._origin.below)
        for name in self.model_fields_set:
            key = _key(type(self), name)
            below[key] = _origin_of(getattr(self, name), below.get(key, Origin()))
        return Origin(self._origin.place, below)

    def with_origins(self, **origins: Origin) -> Self:
        """A copy in which fields, or entries of them, that had no place have these."""
        keys = {_key(type(self), name): origin for name, origin in origins.items()}
        copy = self.model_copy()
        copy._origin = self._origin.over(Origin(below=keys))
        return copy


ModelT = TypeVar("ModelT", bound=BaseModel)


def load(path: Path, model: type[ModelT]) -> ModelT:
    """Read the YAML file at `path` into `model`.

    Places are those of this file, or those that `dump` wrote beside it, with the values: to read
    YAML takes a hundred times as long as JSON. Raises ConfigurationError
    when the file is missing, is not YAML, or a field is wrong.
    """
    return load_text(text_of(path), path, model)


def load_text(text: str, path: Path, model: type[ModelT]) -> ModelT:
    """Read `text` into `model` as if it were that of the file at `path`.

    Raises ConfigurationError when it is not YAML, or a field is wrong.
    """
    values, origin = _beside(path, text) or document.read(path, text)
    return parse(values, model, str(path), origin)


def text_of(path: Path) -> str:
    """The text of a file, in which each line ends with LF; raises like `exact_text_of`."""
    return exact_text_of(path).replace("\r\n", "\n").replace("\r", "\n")


def exact_text_of(path: Path) -> str:
    """The text of a file, with its own line ends.

    Raises ConfigurationError when it cannot be read, is too long, or is not UTF-8.
    """
    try:
        octets = bytearray()
        with path.open("rb") as file:
            while len(octets) <= _LONGEST and (more := file.read(_PIECE)):
                octets += more
        if len(octets) > _LONGEST:
            raise ConfigurationError(f"{path}: longer than {_LONGEST >> 20} MB: no configuration")
        return octets.decode()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        octet = error.object[error.start]
        raise ConfigurationError(f"{path}:{line}: not UTF-8: octet 0x{octet:02x}") from error


def parse(values: object, model: type[ModelT], name: str, origin: Origin | None = None) -> ModelT:
    """Validate a document already read; `name` stands for the file in the error text.

    The sections get their places from `origin`, or at least the paths of their fields. Raises
    ConfigurationError with one line per problem: file and line, field, what is wrong.
    """
    known = from_document(values) if origin is None else origin
    try:
        read = model.model_validate(values)
    except ValidationError as error:
        found = problems.in_words(error, model, known, name)
        raise ConfigurationError("\n".join(found)) from error
    if isinstance(read, Section):
        _give_origin(read, known)
    return read


def document_of(model: BaseModel) -> dict[str, Any]:
    """What a file says to give this model: plain values, without defaults."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def dump(model: BaseModel, path: Path) -> None:
    """Write a model, so that `load` gives it back, in the same order, with its places.

    It is written as YAML, or as JSON where the file's name says so. The file is written whole or
    not at all.
    """
    values = document_of(model)
    text = json.dumps(values, indent=1) if path.suffix == ".json" else _as_yaml(values)
    if origin := model.places().as_json() if isinstance(model, Section) else {}:
        known = {"sha256": _digest(text), "values": values, "origin": origin}
        _replace(_file_beside(path), json.dumps(known))
    else:
        _file_beside(path).unlink(missing_ok=True)
    _replace(path, text)


def as_yaml(model: BaseModel) -> str:
    """A model as a YAML document, so that `parse` of it gives an equal one."""
    return _as_yaml(document_of(model))


def _as_yaml(values: Mapping[str, Any]) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.default_flow_style = False  # in braces ::1 would be written so that nobody can read it
    yaml.width = UNFOLDED
    yaml.dump(values, stream := io.StringIO())
    return stream.getvalue()


def schema(model: type[BaseModel]) -> str:
    """The JSON schema of a model's files, as text."""
    return json.dumps(described(model), indent=2) + "\n"


def _replace(path: Path, text: str) -> None:
    written = path.with_name(f"{path.name}.new")
    written.write_text(text, "utf-8")
    written.replace(path)


def _file_beside(path: Path) -> Path:
    return path.with_suffix(".places.json")


def _beside(path: Path, text: str) -> tuple[object, Origin] | None:
    """What `dump` wrote beside the file, unless the file is another one by now."""
    try:
        known = json.loads(_file_beside(path).read_text("utf-8"))
    except OSError:
        return None
    if known["sha256"] != _digest(text):
        return None
    return known["values"], from_json(known["origin"]).over(Origin(Place("", str(path))))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _key(model: type[BaseModel], field: str) -> str:
    return model.model_fields[field].alias or field


def _origin_of(value: object, known: Origin) -> Origin:
    """The origin of a field's value, where `known` is what the section around it knows."""
    if isinstance(value, Section):
        return value.places().over(known)
    if not (parts := _parts(value)):
        return known
    below = {key: _origin_of(each, known.below.get(key, Origin())) for key, each in parts.items()}
    return Origin(known.place, {**known.below, **below})


def _give_origin(section: Section, origin: Origin) -> None:
    """Give a section that was just read, and all below it, the places where they were written."""
    section._origin = origin
    for name in type(section).model_fields:
        value = section.__dict__[name]
        below = origin.under(_key(type(section), name))
        if isinstance(value, Section) and name not in section.model_fields_set:
            value = section.__dict__[name] = value.model_copy()  # defaults are shared
        _give_below(value, below)


def _give_below(value: object, origin: Origin) -> None:
    if isinstance(value, Section):
        _give_origin(value, origin)
        return
    for key, each in _parts(value).items():
        _give_below(each, origin.under(key))


def _parts(value: object) -> Mapping[str, object]:
    """The entries of a list or mapping that may hold sections."""
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    if isinstance(value, tuple | list) and any(isinstance(each, Section) for each in value):
        return {str(index): each for index, each in enumerate(value)}
    return {}
