"""The docstrings of fields are their descriptions in a schema, and nowhere else."""

from enum import Enum

from pydantic import Field

from labkit.config import Section
from labkit.descriptions import described, descriptions, meanings


class Base(Section):
    """What others begin with."""

    sender: str = Field(default="", alias="from")
    """Who it is
    from."""
    port: int = 102


class Derived(Base):
    """One of them."""

    port: int = 10102
    """Where it listens."""
    silent: bool = False
    others: tuple[Base, ...] = ()
    """Those below."""

    def method(self) -> None:
        """What is no field."""


def test_the_docstring_below_a_field_is_its_description() -> None:
    assert descriptions(Base) == {"sender": "Who it is\nfrom."}
    assert descriptions(Derived) == {
        "sender": "Who it is\nfrom.",
        "port": "Where it listens.",
        "others": "Those below.",
    }


def test_a_schema_has_the_descriptions_of_all_sections() -> None:
    schema = described(Derived)
    assert schema["properties"]["from"]["description"] == "Who it is\nfrom."
    assert schema["properties"]["port"]["description"] == "Where it listens."
    assert "description" not in schema["properties"]["silent"]
    below = schema["$defs"]["Base"]
    assert below["description"] == "What others begin with."
    assert below["properties"]["from"]["description"] == "Who it is\nfrom."
    assert "description" not in below["properties"]["port"]


def test_no_source_is_read_to_define_a_section() -> None:
    assert Derived.model_fields["port"].description is None


class Colour(Enum):
    """One of few."""

    RED = "red"
    """As a
    cherry."""
    GREEN = "green"


def test_the_docstring_below_a_member_is_its_meaning() -> None:
    assert meanings(Colour) == {"RED": "As a\ncherry."}
