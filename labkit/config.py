"""Configuration files: YAML 1.2 read into a pydantic model, with errors that name the field.

YAML 1.2 (ruamel.yaml) rather than 1.1, because an X.400 address may name the country ``NO``,
which YAML 1.1 reads as false.
"""

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

EXIT_BAD_CONFIGURATION = 2


class Section(BaseModel):
    """A part of a configuration file: unknown fields are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ConfigurationError(Exception):
    """A file that cannot be used; the text has one line a problem: file, field, value, remedy."""


SectionT = TypeVar("SectionT", bound=BaseModel)


def load(path: Path, model: type[SectionT]) -> SectionT:
    """Read the YAML file at `path` into `model`.

    Raises ConfigurationError when the file is missing, is not YAML, or a field is wrong.
    """
    try:
        document = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8: {error}") from error
    except YAMLError as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from error
    return parse(document, model, str(path))


def parse(document: object, model: type[SectionT], name: str) -> SectionT:
    """Validate a document already read; `name` stands for the file in the error text.

    Raises ConfigurationError with a line a wrong field.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [
            f"{name}: {_path(problem['loc'])}: {_text(problem['msg'])}{_value(problem['input'])}"
            for problem in error.errors()
        ]
        raise ConfigurationError("\n".join(problems)) from error


def dump(model: BaseModel, path: Path) -> None:
    """Write a model as YAML, so that `load` gives it back, in the same order."""
    yaml = YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(model.model_dump(mode="json", by_alias=True, exclude_unset=True), stream)


def schema(model: type[BaseModel]) -> str:
    """The JSON schema of a model's files, as text."""
    return json.dumps(model.model_json_schema(), indent=2) + "\n"


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "(top level)"


def _text(message: str) -> str:
    return message.removeprefix("Value error, ")


def _value(value: object) -> str:
    return "" if isinstance(value, dict | list) else f" (found: {value!r})"
