"""Fields of configuration files that are text, and the addresses and names of hosts among them.

Each type reads what people write, and says what is allowed when it cannot be read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from labkit.addresses import ADDRESSES, IPAddress, parse_address


@dataclass(frozen=True)
class Text:
    """Marks text that `pattern` matches; an error says what is `allowed`."""

    pattern: str
    allowed: str
    longest: int

    def check(self, value: str) -> str:
        """The text itself. Raises ValueError."""
        if len(value) > self.longest:
            raise ValueError(f"has {len(value)} characters; at most {self.longest}")
        if not re.fullmatch(self.pattern, value):
            raise ValueError(f"must be {self.allowed}")
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check what is known to be text."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe what is allowed, for the JSON schema."""
        return {**handler(schema), "pattern": f"^{self.pattern}$", "maxLength": self.longest}


@dataclass(frozen=True)
class Written:
    """Marks a value that is text in the file: what it is, how it is read, and written again."""

    kind: type | tuple[type, ...]
    read: Callable[[str], Any]
    write: Callable[[Any], str]

    def __get_pydantic_core_schema__(self, source: Any, _: GetCoreSchemaHandler) -> CoreSchema:
        """Read text, take a value as it is, and nothing else."""

        def validate(value: object) -> Any:
            if isinstance(value, self.kind):
                return value
            if isinstance(value, str):
                return self.read(value)
            raise ValueError("must be text; put it into quotation marks")

        return core_schema.no_info_plain_validator_function(
            validate, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe it as text, for the JSON schema."""
        return {"type": "string"}


_HOST_NAME = Text(
    r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", "a host name: letters, digits, dots, hyphens", 253
)


def parse_host(value: str) -> IPAddress | str:
    """Read an IP address, which is digits and dots or has colons, or else a host name.

    Raises ValueError.
    """
    if not re.fullmatch(r"[0-9.]+|.*:.*", value):
        return _HOST_NAME.check(value)
    try:
        return parse_address(value)
    except ValueError as error:
        raise ValueError(f"{error}, or a host name") from None


def address_of(host: IPAddress | str, *known: Mapping[str, IPAddress]) -> IPAddress | None:
    """The address of a host given by address or by name, in the first of the tables that has it.

    None when no table does. Case does not matter in names (RFC 4343).
    """
    if not isinstance(host, str):
        return host
    wanted = host.casefold()
    tables = ({name.casefold(): found for name, found in each.items()} for each in known)
    return next((table[wanted] for table in tables if wanted in table), None)


HostName = Annotated[str, _HOST_NAME]
HostAddress = Annotated[IPAddress | str, Written(ADDRESSES, parse_host, str)]
