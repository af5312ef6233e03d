"""The reference page of a configuration file."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from labkit.addresses import IPAddress, IPNetwork
from labkit.config import Section
from labkit.reference import page


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(Section):
    """An inner section.

    It has a second paragraph.
    """

    sender: str = Field(default="nobody", alias="from")
    """Who it is
    from."""
    action: Literal["allow", "deny"]
    port: Annotated[int, Field(ge=1, le=65535)] = 102
    colour: Colour = Colour.RED
    share: Annotated[float, Field(gt=0)] | None = None


class Outer(Section):
    """The file."""

    network: IPNetwork | None = None
    between: tuple[IPAddress, IPAddress]
    inner: Inner
    others: dict[str, Inner] = Field(default_factory=dict)
    more: tuple[Inner, ...] = ()


def test_each_section_is_a_table_of_its_fields() -> None:
    assert (
        page(Outer, "Title", "Introduction.")
        == """\
# Title

Introduction.

## The file

The file.

| Field | Type | Default | Meaning |
|---|---|---|---|
| `network` | IP network |  |  |
| `between` | list of IP address, IP address | must be given |  |
| `inner` | [Inner](#inner) | must be given |  |
| `others` | by name: [Inner](#inner) |  |  |
| `more` | list of [Inner](#inner) | `[]` |  |

## Inner

An inner section.

It has a second paragraph.

| Field | Type | Default | Meaning |
|---|---|---|---|
| `from` | text | `"nobody"` | Who it is from. |
| `action` | `allow`, `deny` | must be given |  |
| `port` | whole number, from 1 to 65535 | `102` |  |
| `colour` | `red`, `blue` | `"red"` |  |
| `share` | number, above 0 |  |  |
"""
    )
