"""What a file of the nftables language includes: files beside it, and no others.

nft runs as root, reads whatever file `include` names, and quotes it where it is no ruleset. It
looks in /etc for a name without `./` before it. So that a topology shows nobody what is elsewhere
on this machine, nft is given no text that includes anything outside its directory.
"""

import re
from collections.abc import Iterator
from glob import glob
from pathlib import Path

from labkit.errors import ConfigurationError

_TOKEN = re.compile(r'"[^"]*"|#[^\n]*|[\w./-]+')
_INCLUDED = re.compile(r'(?:\s|\\\n)*"([^"]*)"')


def includes(text: str) -> Iterator[tuple[int, str]]:
    """The line and the path, or pattern, of each `include` of a text."""
    for token in _TOKEN.finditer(text):
        named = _INCLUDED.match(text, token.end()) if token[0] == "include" else None
        if named:
            yield text.count("\n", 0, token.start()) + 1, named[1]


def refuse_strays(text: str, file: str, directory: Path) -> None:
    """Raise ConfigurationError when a text, or what it includes, includes a file elsewhere.

    `file` is its name, and what it includes lies in `directory`.
    """
    home = directory.resolve()
    seen: set[Path] = set()
    waiting = [(text, file)]
    while waiting:
        read, name = waiting.pop()
        for line, path in includes(read):
            where = f"{name}:{line}: include {path!r}"
            if not path.startswith("./"):
                raise ConfigurationError(
                    f"{where}: only a file beside the topology is included; put it there and write "
                    f'"./{Path(path).name}"'
                )
            for found in map(Path, glob(str(home / path))):
                if not found.resolve().is_relative_to(home):
                    raise ConfigurationError(f"{where}: {found} lies outside {home}")
                if not found.is_file():
                    raise ConfigurationError(f"{where}: {found} is no ordinary file")
                if found.resolve() not in seen:
                    seen.add(found.resolve())
                    waiting.append((found.read_text("utf-8", "replace"), str(found)))
