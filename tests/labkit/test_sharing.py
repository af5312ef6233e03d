"""The options of programs whose directory others share."""

import pytest
import typer
from typer.testing import CliRunner

from labkit.sharing import RecordsFile, Watch


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((), "None False"),
        (("--records", "here/x.jsonl", "--watch"), "here/x.jsonl True"),
    ],
)
def test_nothing_is_shared_unless_asked(given: tuple[str, ...], wanted: str) -> None:
    app = typer.Typer()

    @app.command()
    def serve(records: RecordsFile = None, watch: Watch = False) -> None:
        typer.echo(f"{records} {watch}")

    assert CliRunner().invoke(app, given).output.strip() == wanted
