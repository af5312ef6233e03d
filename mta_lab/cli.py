"""Play topologies; put labs up, look into them, change them."""

import typer

from labkit.commands import LazyGroup, before_commands


class _Commands(LazyGroup):
    places = {  # noqa: RUF012
        "run": "mta_lab.commands.run:run",
        "list": "mta_lab.commands.topologies:list_topologies",
        "show": "mta_lab.commands.topologies:show",
        "graph": "mta_lab.commands.graph:graph",
        "up": "mta_lab.commands.up:up",
        "down": "mta_lab.commands.up:down",
        "ps": "mta_lab.commands.ps:ps",
        "exec": "mta_lab.commands.on_host:exec_app",
        "logs": "mta_lab.commands.on_host:logs",
        "capture": "mta_lab.commands.capture:capture",
        "set": "mta_lab.commands.set:set_",
        "restart": "mta_lab.commands.restart:restart",
        "lint": "mta_lab.commands.lint:lint",
        "predict": "mta_lab.commands.predict:predict",
        "prove": "mta_lab.commands.prove:prove",
        "diff": "mta_lab.commands.diff:diff",
        "what-if": "mta_lab.commands.what_if:what_if",
        "suggest": "mta_lab.commands.suggest:suggest",
        "trace": "mta_lab.commands.trace:trace",
        "check-capture": "mta_lab.commands.check_capture:check_capture",
        "serve": "mta_lab.commands.serve:serve",
        "fits": "mta_lab.commands.fits:fits",
        "record": "mta_lab.commands.record:record",
        "fault": "mta_lab.commands.fault:fault",
        "exercise": "mta_lab.commands.exercise:app",
    }


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, help=__doc__)
app.callback()(before_commands)


def main() -> None:
    """The command's entry point."""
    app()
