"""Check a configuration file, show its effective values, and print the schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from pydantic import BaseModel

from labkit.commands import Group
from labkit.config import Section, load, schema
from labkit.console import Table, display
from labkit.output import say, say_document, say_json
from mta_emu.commands import AsJson, errors_for_people
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.gwart import space_text

File = Annotated[Path, typer.Argument(help="A configuration file of `mta-emu serve`.")]

_HIDDEN = "********"

app = typer.Typer(cls=Group, add_completion=False, no_args_is_help=True, help=__doc__)


@app.command()
def check(file: File, as_json_lines: AsJson = False) -> None:
    """Check a configuration file.

    Exit status 0: it is right; 2: it is not, and each wrong field is named, with what is allowed.
    """
    with errors_for_people():
        config = load(file, MtaConfig)
    name, connectors = config.server.name, [each.name for each in config.connectors]
    if as_json_lines:
        say_json({"file": str(file), "mta": name, "connectors": connectors})
    else:
        say(f"{file}: right; MTA {name}, connectors: {', '.join(connectors) or 'none'}")


@app.command()
def show(
    file: File,
    connector: Annotated[str | None, typer.Option(help="Only this connector's pages.")] = None,
    as_json_lines: AsJson = False,
) -> None:
    """Show the effective values page by page: what the file says, and what holds by default."""
    with errors_for_people():
        config = load(file, MtaConfig)
        found = list(pages(config))
        if connector is not None:
            found = [page for page in found if page.connector == connector]
            if not found:
                names = ", ".join(each.name for each in config.connectors)
                raise ValueError(f"no connector {connector!r} in {file}; there are {names}")
    for page in found:
        if as_json_lines:
            say_json(_as_record(page))
        else:
            display(_as_table(page))


@app.command("schema")
def print_schema() -> None:
    """Print the JSON schema of configuration files, for editors; docs/ has it too."""
    say_document(schema(MtaConfig))


class Row(NamedTuple):
    """A field of a page: its effective value, and where that comes from."""

    field: str
    value: Any
    origin: str


class Page(NamedTuple):
    """A property page; `connector` is None for the server's."""

    connector: str | None
    title: str
    rows: list[Row]


def pages(config: MtaConfig) -> Iterator[Page]:
    """The property pages of the server, then of each connector, with effective values."""
    server = {name: getattr(config.server, name) for name in type(config.server).model_fields}
    simple = [name for name, value in server.items() if not isinstance(value, Section)]
    yield Page(None, "General", [row for name in simple for row in _field(config.server, name)])
    for name, value in server.items():
        if isinstance(value, Section):
            yield Page(None, _title(name), list(_rows(value)))
    for connector in config.connectors:
        derived = _derived(config, connector)
        for name in type(connector).model_fields:
            rows = (
                Row(row.field, *derived.get(f"{name}.{row.field}", row[1:]))
                for row in _page_rows(connector, name)
            )
            yield Page(connector.name, _title(name), list(rows))


def _derived(config: MtaConfig, connector: ConnectorConfig) -> dict[str, tuple[Any, str]]:
    """What holds where a field was left open, by page and field: the value and its origin."""
    stack, override = connector.stack, connector.override
    found: dict[str, tuple[Any, str]] = {}
    if not connector.general.display_name:
        found["general.display_name"] = connector.name, "directory_name"
    if connector.general.mta_transport_stack is None:
        found["general.mta_transport_stack"] = config.server.transport_stack.name, "server"
    if stack.incoming != stack.expected:
        for field, value in stack.expected.model_dump(mode="json").items():
            found[f"stack.incoming.{field}"] = value, "outgoing"
    name, _ = config.local_credentials(connector)
    if override.local_mta_name is None:
        found["override.local_mta_name"] = name, "server"
    if override.local_mta_password is None:
        found["override.local_mta_password"] = _HIDDEN, "server"
    return found


def _page_rows(connector: ConnectorConfig, name: str) -> Iterator[Row]:
    page = getattr(connector, name)
    if isinstance(page, Section):
        yield from _rows(page)
        return
    for number, line in enumerate(page):
        space = getattr(line, "space", line)
        site = f"/O={line.organization}/OU={line.site}: " if space is not line else ""
        yield Row(str(number), f"{site}{space_text(space)}, cost {space.cost}", "file")


def _rows(section: BaseModel) -> Iterator[Row]:
    for name in type(section).model_fields:
        yield from _field(section, name)


def _field(section: BaseModel, name: str) -> Iterator[Row]:
    value = getattr(section, name)
    if isinstance(value, Section):
        for row in _rows(value):
            yield Row(f"{name}.{row.field}", row.value, row.origin)
        return
    plain = section.model_dump(mode="json", include={name})[name]
    if name.endswith("password") and plain is not None:
        plain = _HIDDEN
    yield Row(name, plain, "file" if name in section.model_fields_set else "default")


def _title(name: str) -> str:
    return name.replace("_", " ").title()


def _as_record(page: Page) -> dict[str, Any]:
    return {
        "connector": page.connector,
        "page": page.title,
        "fields": {row.field: {"value": row.value, "from": row.origin} for row in page.rows},
    }


def _as_table(page: Page) -> Table:
    title = f"{page.connector or 'server'}: {page.title}"
    table = Table("field", "value", "from", title=title)
    for row in page.rows:
        table.add_row(row.field, _as_text(row.value), row.origin)
    return table


def _as_text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    return value if isinstance(value, str) else json.dumps(value)
