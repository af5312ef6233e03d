"""The page's modules as one script, which needs no server: a browser lets no file import another.

The modules keep to what this reads, and tests hold them to it: imports stand at the beginning of a
line as `import { a, b } from "./file.js";`, what is exported begins with `export function`,
`export class` or `export const`. Each becomes a function, so that their names stay apart.
"""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable

STATIC: Traversable = files("mta_lab.web") / "static"

_IMPORT = re.compile(r'^import \{([^}]+)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)


def text_of(name: str) -> str:
    """A file of the page. Raises FileNotFoundError."""
    return (STATIC / name).read_text("utf-8")


def script(first: str = "app") -> str:
    """The module `first` with all that it imports, as one script."""
    done: dict[str, str] = {}
    _take(first, done)
    return '"use strict";\n' + "\n".join(done.values())


def _take(name: str, done: dict[str, str]) -> None:
    """Add a module, after those that it imports."""
    text = text_of(f"{name}.js")
    for _, other in _IMPORT.findall(text):
        if other not in done:
            _take(other, done)
    exported = ", ".join(_EXPORT.findall(text))
    body = _IMPORT.sub(
        lambda found: f"const {{{found[1]}}} = {_variable(found[2])};\n", _EXPORT.sub("", text)
    )
    done[name] = f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"


def _variable(name: str) -> str:
    return "in_" + name.replace("-", "_")
