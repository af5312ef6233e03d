"""What is wrong is said in the words of whoever wrote the file, with the line."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, Field, model_validator

from labkit.addresses import IPAddress, IPNetwork
from labkit.config import ConfigurationError, Section, load, parse
from labkit.problems import at, contradiction, instead, refuse, unknown
from labkit.reason import Place


class Mode(StrEnum):
    OLD = "1984"
    NEW = "1988-normal"


class Inner(Section):
    name: Annotated[str, Field(min_length=2, max_length=5)] = "ab"
    password: Annotated[str, Field(max_length=4)] = ""
    mode: Mode = Mode.NEW
    action: Literal["allow", "deny"] = "allow"
    sender: str = Field(default="", alias="from")


class Outer(Section):
    port: Annotated[int, Field(ge=1, le=65535)] = 102
    share: Annotated[float, Field(gt=0, lt=1e6)] = 1.0
    on: bool = True
    address: IPAddress | None = None
    network: IPNetwork | None = None
    since: AwareDatetime | None = None
    file: Path | None = None
    inner: Inner = Inner()
    entries: Annotated[tuple[Inner, ...], Field(max_length=3)] = ()
    named: dict[str, Inner] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agrees(self) -> "Outer":
        refuse([*self._problems()])
        return self

    def _problems(self) -> Iterator[Any]:
        if self.port == 13:
            yield contradiction(("port",), self.port, "{braces} are no place for {this}")
        if self.inner.sender == "Nobby":
            yield unknown(("inner", "from"), "Nobby", "person", ["Nobody", "Somebody"])


A_TIME = "must be a date and time with its zone, as 2026-01-05T09:00:00Z"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("port: x", "port: must be a whole number (found: 'x')"),
        ("port: 1.5", "port: must be a whole number (found: 1.5)"),
        ("port: 0", "port: must be at least 1 (found: 0)"),
        ("port: 70000", "port: must be at most 65535 (found: 70000)"),
        ("share: 0", "share: must be greater than 0 (found: 0)"),
        ("share: 1e6", "share: must be less than 1000000 (found: 1000000.0)"),
        ("share: .inf", "share: must be a number that is not infinite (found: inf)"),
        ("share: few", "share: must be a number (found: 'few')"),
        ("on: perhaps", "on: must be true or false (found: 'perhaps')"),
        (
            "address: 300.1.1.1",
            "address: must be an IP address, as 192.0.2.1 or 2001:db8::1 (found: '300.1.1.1')",
        ),
        (
            "network: 192.0.2.1/24",
            "network: must be a network, as 192.0.2.0/24 or 2001:db8::/64; "
            "192.0.2.1/24 is a host in 192.0.2.0/24 (found: '192.0.2.1/24')",
        ),
        ("network: x", "network: must be a network, as 192.0.2.0/24 or 2001:db8::/64 (found: 'x')"),
        ("address: 7", "address: must be text; put it into quotation marks (found: 7)"),
        ("since: '2026-01-05T09:00:00'", f"since: {A_TIME} (found: '2026-01-05T09:00:00')"),
        ("since: soon", f"since: {A_TIME} (found: 'soon')"),
        ("file: 7", "file: must be the name of a file or directory (found: 7)"),
        ("inner: 7", "inner: must have fields below it, each as `name: value` (found: 7)"),
        ("entries: {}", "entries: must be a list, each entry on a line that begins with `- `"),
        ("named: []", "named: must have fields below it, each as `name: value`"),
        ("entries: [{}, {}, {}, {}]", "entries: must have at most 3 entries"),
        ("inner: {name: a}", "inner.name: must have at least 2 characters (found: 'a')"),
        ("inner: {name: abcdef}", "inner.name: must have at most 5 characters (found: 'abcdef')"),
        ("inner: {name: 123}", "inner.name: must be text: write '123', in quotes (found: 123)"),
        ("inner: {name: true}", "inner.name: must be text: write 'true', in quotes (found: true)"),
        ("inner: {name: }", "inner.name: must be text (found: null)"),
        ("inner: {mode: 1984}", "inner.mode: must be text: write '1984', in quotes (found: 1984)"),
        (
            "inner: {mode: 1988-norma}",
            "inner.mode: must be 1984 or 1988-normal; did you mean 1988-normal? "
            "(found: '1988-norma')",
        ),
        ("inner: {action: drop}", "inner.action: must be allow or deny (found: 'drop')"),
        ("inner: {password: sesame}", "inner.password: must have at most 4 characters"),
        ("inner: {Mode: '1984'}", "inner.Mode: there is no such field; did you mean mode?"),
        (
            "inner: {x: 1}",
            "inner.x: there is no such field; there are: name, password, mode, action, from",
        ),
        ("entries: [{form: 1}]", "entries.0.form: there is no such field; did you mean from?"),
        ("entries: [{name: abc, form: 1}]", "entries.abc.form: there is no such field; did you "),
        ("named: {N: {form: 1}}", "named.N.form: there is no such field; did you mean from?"),
        ("prot: 1", "prot: there is no such field; did you mean port?"),
        ("port: 13", "port: {braces} are no place for {this} (found: 13)"),
        ("inner: {from: Nobby}", "inner.from: no person has this name; did you mean Nobody?"),
        ("[]", "(top level): must have fields below it, each as `name: value`"),
    ],
)
def test_problems_in_words(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"# a comment\n{text}\n")
    with pytest.raises(ConfigurationError) as error:
        load(path, Outer)
    assert str(error.value).startswith(f"{path}:2: {complaint}")


def test_each_problem_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("port: 0\nentries:\n  - name: abc\n    mode: old\n  - name: 7\n")
    with pytest.raises(ConfigurationError) as error:
        load(path, Outer)
    port, mode, name = str(error.value).splitlines()
    assert port.startswith(f"{path}:1: port: ")
    assert mode.startswith(f"{path}:4: entries.abc.mode: ")
    assert name.startswith(f"{path}:5: entries.1.name: ")


def test_where_nobody_knows_the_line_the_name_stands() -> None:
    with pytest.raises(ConfigurationError, match=r"^the lab: entries\.abc\.mode: must be"):
        parse({"entries": [{"name": "abc", "mode": "old"}]}, Outer, "the lab")


def test_a_long_value_is_cut() -> None:
    with pytest.raises(ConfigurationError) as error:
        parse({"port": "x" * 1000}, Outer, "a")
    assert len(str(error.value)) < 120


def test_a_line_about_a_place() -> None:
    assert at(Place("a.b", "f.yaml", 3), "is wrong") == "f.yaml:3: a.b: is wrong"
    assert at(Place("a.b"), "is wrong", "f.yaml") == "f.yaml: a.b: is wrong"
    assert at(Place("a.b", since="NOW"), "is wrong", "f.yaml") == "a.b: is wrong"


def test_what_was_meant() -> None:
    assert instead("external", ["EXTERNAL", "INTERNAL"]) == "did you mean EXTERNAL?"
    assert instead("x", ["EXTERNAL", "INTERNAL"]) == "there are: EXTERNAL, INTERNAL"
    assert instead("x", []) == "there are: none"


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes()
DOCUMENTS = st.recursive(
    PLAIN,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from([*Outer.model_fields, "x"]), below, max_size=3)
    ),
    max_leaves=6,
)
JARGON = ("Input", "valid ", "instance of", "dictionary", "tuple", "Field required", "Extra inputs")


@given(DOCUMENTS)
def test_whatever_is_wrong_is_said_without_jargon(document: object) -> None:
    try:
        parse(document, Outer, "a.yaml")
    except ConfigurationError as error:
        for line in str(error).splitlines():
            what, _, _ = line.partition(" (found: ")
            assert not [word for word in JARGON if word in what], line


def test_datetimes_of_yaml_need_a_zone() -> None:
    with pytest.raises(ConfigurationError, match="with its zone"):
        parse({"since": datetime(2026, 1, 5)}, Outer, "a.yaml")
