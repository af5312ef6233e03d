"""What the fields of sections mean: the docstrings below them, which only a schema needs.

To find them the source is read again, and parsed. So it is done here, and not when a section is
defined, as pydantic would do it in each process.
"""

import ast
import inspect
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model, in which each field has its description."""
    return model.model_json_schema(schema_generator=_Describing)


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The descriptions of a model's fields, its own and those it inherits, by their names."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _docstrings(each)
    return {name: found[name] for name in model.model_fields if name in found}


def meanings(words: type[Enum]) -> dict[str, str]:
    """What the members of an enumeration mean, by their names."""
    return dict(_docstrings(words))


def _docstrings(class_: type) -> Iterator[tuple[str, str]]:
    """The docstrings that stand below the fields or members in the body of a class."""
    tree = ast.parse(dedent(inspect.getsource(class_)))
    body = next(each.body for each in tree.body if isinstance(each, ast.ClassDef))
    for above, below in pairwise(body):
        match above, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)


class _Describing(GenerateJsonSchema):
    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """The schema of one section."""
        model: type[BaseModel] = schema["cls"]
        described = super().model_schema(schema)
        for name, text in descriptions(model).items():
            field = described["properties"][model.model_fields[name].alias or name]
            field.setdefault("description", text)
        return described
