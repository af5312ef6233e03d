"""What a program is told that serves where others share its directory.

They have its log there, and change its configuration by writing it.
"""

from pathlib import Path
from typing import Annotated

import typer

RecordsFile = Annotated[
    Path | None,
    typer.Option("--records", help="Add the log to this file, too, as --json has it."),
]
Watch = Annotated[
    bool, typer.Option("--watch", help="Read the configuration again whenever it is written.")
]
