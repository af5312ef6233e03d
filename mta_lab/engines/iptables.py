"""The engine `iptables`: a file of iptables-save(8), translated and then read as nftables is.

iptables-restore-translate turns each line into a rule of nftables, which decides alike. What it
cannot translate it writes as a comment, and goes on, or it refuses the line: such a line is a rule
here all the same, one that is not modelled. Two things are read by us, because they have an answer
on a box on which no program listens: `-j TPROXY` drops (where nftables asks the next rule), and
`-m socket` never matches.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit.errors import ConfigurationError
from labkit.reason import Place
from mta_lab.engines.directive import refuse_carriage_returns
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.ruleset import Json, Key, Rule, Ruleset
from mta_lab.engines.program import Answer, answer
from mta_lab.engines.requirements import Requirement, require

TRANSLATE = Requirement("iptables-restore-translate", "iptables")
_APPEND = re.compile(r"\s*(?:\[\d+:\d+\]\s*)?(-A\s+(\S+).*)")
_OTHER = re.compile(r"#.*|:\S+\s+\S+(\s.*)?|")
_TPROXY = re.compile(r"(-j|--jump)\s+TPROXY\b.*")
_SOCKET = re.compile(r"(-m|--match)\s+socket\b")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_REFUSED = re.compile(r"Error occurred at line: (\d+)")
_TRANSLATION = "translation"
_NO_SOCKET = {"match": {"op": "==", "left": {"socket": {"key": "transparent"}}, "right": 1}}


@dataclass(frozen=True)
class _Line:
    """A rule of the file: its table and chain, its text, and the number of its line.

    `means` are statements of ours that stand for it, where it is not translated.
    """

    table: str
    chain: str
    text: str
    number: int
    means: tuple[Json, ...] | None = None

    @property
    def key(self) -> Key:
        """The chain in nftables."""
        return ("ip", self.table, self.chain)

    def unread(self) -> "_Line":
        """The same line, which is not modelled."""
        return replace(self, means=({"iptables": None},))


def read(text: str, file: str, interfaces: Sequence[str], *, here: bool = False) -> Ruleset:
    """The ruleset of a file of iptables-save, for IPv4; `here` as in reader.read.

    Raises ConfigurationError.
    """
    require(TRANSLATE)
    refuse_carriage_returns(text, file, "iptables-restore")
    _check(text, file)
    lines = {each.number: each for each in _rules(text)}
    done = _translate(text, lines, file)
    while done.returncode:
        refused = _REFUSED.search(done.stderr)
        line = lines.get(int(refused[1])) if refused else None
        if line is None or line.means:
            said = done.stderr.strip().splitlines() or ["it is refused"]
            raise ConfigurationError(f"{file}: {said[0]}")
        lines[line.number] = line.unread()
        done = _translate(text, lines, file)
    script = _script(done.stdout, lines, file)
    while True:
        try:
            found = reader.read(_text(script), _TRANSLATION, interfaces, here=here)
        except ConfigurationError as error:
            _mark_refused(script, error, file)
        else:
            return _as_written(found, [line for line, _ in script if line], file)


def _unquoted(line: str) -> str:
    """The line with what is quoted, such as comments, blotted out; as long as before."""
    return _QUOTED.sub(lambda found: "x" * len(found[0]), line)


def _without_tproxy(line: str) -> str:
    found = _TPROXY.search(_unquoted(line))
    return f"{line[: found.start()]}-j DROP" if found else line


def _check(text: str, file: str) -> None:
    """Raise ConfigurationError for a line that iptables-save does not write.

    iptables-restore also takes `-I`, `-D`, `-F` and the like, and the program that translates does
    not: it leaves out what they change. Of a table that comes twice only the second is loaded.
    """
    tables: list[str] = []
    begun = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("*") and not begun:
            begun = number
            if line in tables:
                raise _no_save(file, number, line, "the table is there before, and is loaded anew")
            tables.append(line)
        elif line.strip() == "COMMIT" and begun:
            begun = 0
        elif not (_OTHER.fullmatch(line.strip()) or (begun and _APPEND.match(line))):
            raise _no_save(file, number, line, "iptables-save writes no such line here")
    if begun:
        raise _no_save(file, begun, "*", "no COMMIT ends this table, so it is not loaded")


def _no_save(file: str, number: int, line: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{file}:{number}: {line.strip()!r}: {why}; `iptables-save` on the firewall writes a file "
        "that can be read"
    )


def _rules(text: str) -> Iterator[_Line]:
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("*"):
            table = line[1:].strip()
        elif found := _APPEND.match(line):
            means = (_NO_SOCKET,) if _SOCKET.search(_unquoted(line)) else None
            yield _Line(table, found[2], found[1].strip(), number, means)


def _translate(text: str, lines: Mapping[int, _Line], file: str) -> Answer:
    """Let the program translate; a rule that stands for a line that it does not see drops."""
    seen = text.split("\n")
    for line in lines.values():
        hidden = f"-A {line.chain} -j DROP"
        seen[line.number - 1] = hidden if line.means else _without_tproxy(line.text)
    with TemporaryDirectory() as made:
        copy = Path(made) / "rules"
        copy.write_text("\n".join([*seen, ""]), "utf-8")
        command = [TRANSLATE.program, "-f", str(copy)]
        return answer(command, file)


#: The translation, line by line, each with the line of the file that it is the rule of.
_Script = list[tuple[_Line | None, str]]


def _script(translated: str, lines: Mapping[int, _Line], file: str) -> _Script:
    """The translation with a rule for each line, also for those that became a comment."""
    waiting = iter(lines.values())
    script: _Script = []
    for made in translated.split("\n"):
        if not made.startswith(("add rule ", "# -t ")):
            script.append((None, made))
            continue
        line = next(waiting, None)
        if line is None or f" {line.chain} " not in made:
            raise ConfigurationError(f"{file}: {TRANSLATE.program} makes other rules of it: {made}")
        script.append((line.unread(), "") if made.startswith("#") else (line, made))
    return script


def _text(script: _Script) -> str:
    """What nft is given; a rule that stands for a line that it cannot be given drops."""
    return "".join(
        f"{made or f'add rule ip {line.table} {line.chain} drop'}\n" if line else f"{made}\n"
        for line, made in script
    )


def _mark_refused(script: _Script, error: ConfigurationError, file: str) -> None:
    """Mark the rule that nft refuses, because this kernel lacks something, as not modelled."""
    found = re.match(rf"{_TRANSLATION}:(\d+):", str(error))
    number = int(found[1]) - 1 if found else -1
    line, made = script[number] if number >= 0 else (None, "")
    if line is None or not made:
        raise ConfigurationError(f"{file}: {error}") from error
    script[number] = (line.unread(), "")


def _as_written(found: Ruleset, lines: Sequence[_Line], file: str) -> Ruleset:
    """The ruleset with each rule's text and place in the file of iptables."""
    chains = dict(found.chains)
    by_chain = sorted(lines, key=attrgetter("key", "number"))
    for key, group in groupby(by_chain, key=attrgetter("key")):
        rules = tuple(
            Rule(line.means or rule.statements, line.text, _place(line, file))
            for line, rule in zip(group, chains[key].rules, strict=True)
        )
        chains[key] = replace(chains[key], rules=rules)
    return replace(found, chains=chains)


def _place(line: _Line, file: str) -> Place:
    return Place(f"{line.table} {line.chain}", file, line.number)
