"""Reads an HAProxy configuration: haproxy itself checks it, then its sections are taken apart."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit.errors import ConfigurationError
from labkit.reason import Place
from mta_lab.engines.directive import Directive
from mta_lab.engines.program import answer
from mta_lab.engines.requirements import Requirement, require

HAPROXY = Requirement("haproxy", "haproxy")
_PROXIES = ("frontend", "backend", "listen")
_SECTIONS = frozenset(
    {
        *_PROXIES,
        "defaults",
        "global",
        "userlist",
        "peers",
        "resolvers",
        "mailers",
        "cache",
        "program",
        "http-errors",
        "ring",
        "log-forward",
        "fcgi-app",
    }
)
#: What has a source of its own, and the words in it for which haproxy needs CAP_NET_ADMIN.
_OPENS, _NEEDS = ("source", "server", "default-server"), {"usesrc", "interface"}
_CHANGES_ALL = (".if", ".elif", ".else", ".endif", "lua-")
_ALERT = re.compile(r"\[ALERT\].*?\[[^]]*:(\d+)\]\s*:\s*(.*)")


@dataclass(frozen=True)
class Section:
    """A section of the file: its kind, its name, and its directives, inherited ones first."""

    kind: str
    name: str
    directives: tuple[Directive, ...]

    def last(self, name: str) -> Directive | None:
        """The directive of that name that counts."""
        found = [each for each in self.directives if each.name == name]
        return found[-1] if found else None

    def all(self, *names: str) -> Iterator[Directive]:
        """The directives of these names, in order."""
        return (each for each in self.directives if each.name in names)


def unread(text: str, file: str) -> Directive | None:
    """The first line that may change what any other line means, if the file has one.

    Lines of Lua are run by haproxy's own check, too: such a file is not even given to it.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if (words := line.split()) and words[0].startswith(_CHANGES_ALL):
            return Directive(tuple(words), Place(words[0], file, number))
    return None


def sections(text: str, file: str) -> list[Section]:
    """The proxies of a configuration that haproxy accepts. Raises ConfigurationError."""
    require(HAPROXY)
    with TemporaryDirectory() as made:
        copy = Path(made) / "haproxy.cfg"
        copy.write_text(text, "utf-8")
        command = [HAPROXY.program, "-c", "-f", str(copy)]
        done = answer(command, file)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).replace(str(copy), file)
        wrong = [f"{file}:{line}: {what}" for line, what in _ALERT.findall(said)]
        raise ConfigurationError("\n".join(wrong) or f"{file}: haproxy refuses it: {said}")
    _check_rights(text, file)
    return [*taken_apart(text, file)]


def taken_apart(text: str, file: str) -> Iterator[Section]:
    """The proxies of a configuration, which haproxy has not checked. Raises ConfigurationError."""
    found = _lines(text, file)
    defaults: dict[str, list[Directive]] = {}
    inherited: list[Directive] = []
    for head, own in found:
        words = head.words
        basis = defaults.get(words[words.index("from") + 1], []) if "from" in words else None
        name = words[1] if len(words) > 1 and words[1] != "from" else ""
        if head.name == "defaults":
            inherited = [*(basis or []), *own]
            defaults[name] = inherited
        elif head.name in _PROXIES:
            below = inherited if basis is None else basis
            yield Section(head.name, name, (*below, *own))


def _lines(text: str, file: str) -> list[tuple[Directive, list[Directive]]]:
    """The line that opens each section, and those in it. Raises ConfigurationError."""
    found: list[tuple[Directive, list[Directive]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            words = tuple(shlex.split(line, comments=True))
        except ValueError as error:
            raise ConfigurationError(f"{file}:{number}: {error}") from error
        if not words:
            continue
        if words[0] in _SECTIONS:
            found.append((Directive(words, Place(" ".join(words[:2]), file, number)), []))
        elif found:
            around = found[-1][0]
            place = Place(f"{' '.join(around.words[:2])} {words[0]}", file, number)
            found[-1][1].append(Directive(words, place))
    return found


def _check_rights(text: str, file: str) -> None:
    """Raise ConfigurationError where haproxy gives up the rights that it needs: it does not start.

    `haproxy -c` accepts such a file.
    """
    lines = [(head.name, each) for head, own in _lines(text, file) for each in own]
    needs = [each for _, each in lines if each.name in _OPENS and _NEEDS & {*each.words}]
    settings = [each for section, each in lines if section == "global"]
    if not needs or any(each.name == "setcap" for each in settings):
        return
    for each in settings:
        if each.name in ("user", "uid") and each.words[1:2] not in (("root",), ("0",)):
            raise ConfigurationError(
                f"{file}:{each.place.line}: {str(each)!r}: haproxy does not start as another user "
                f"than root with {str(needs[0])!r} in line {needs[0].place.line}: leave it out, or "
                "give `setcap cap_net_raw`, which haproxy 2.9 has"
            )
