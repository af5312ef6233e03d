"""Reads a file of the nftables language by letting nft itself read it.

The file is loaded into a network namespace that lives as long as one command, with an interface for
each of the box (a rule with `iif` cannot be loaded without), and listed as JSON and as text. That
takes root: CAP_SYS_ADMIN for the namespace, CAP_NET_ADMIN for nft. The box itself reads its file
`here`: it has a namespace with its interfaces, and may have no right to make another.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit.errors import ConfigurationError
from mta_lab.engines.directive import refuse_carriage_returns
from mta_lab.engines.nftables import lines, ruleset
from mta_lab.engines.nftables.includes import refuse_strays
from mta_lab.engines.nftables.ruleset import Key, Ruleset
from mta_lab.engines.program import answer
from mta_lab.engines.requirements import Requirement, require

NFT = Requirement("nft", "nftables")
_OTHERS = (Requirement("ip", "iproute2"), Requirement("unshare", "util-linux"))
# $1 is the file; then come the interfaces to make, as bridges, because every kernel has those
_LIST = """\
set -e
file=$1; shift
for name; do ip link add name "$name" type bridge; done
nft flush ruleset
nft -f "$file"
nft -j list ruleset
echo
nft -s -a list ruleset
"""
_TABLE = re.compile(r"table (\S+) (\S+) \{")
_DORMANT = re.compile(r"\tflags .*\bdormant\b")
_CHAIN = re.compile(r"\tchain (\S+) \{")
_RULE = re.compile(r"\t\t(.*) # handle (\d+)$")


def read(
    text: str,
    file: str,
    interfaces: Sequence[str],
    directory: Path = Path(),
    *,
    here: bool = False,
) -> Ruleset:
    """The ruleset of `text`; `file` is its name, and what it includes lies in `directory`.

    With `here`, it takes the place of the rules of this process's own network namespace. Raises
    ConfigurationError: nft refuses it, it includes a file elsewhere, a program is missing, or we
    are not root.
    """
    require(NFT, *([] if here else _OTHERS))
    refuse_carriage_returns(text, file, "nft")
    refuse_strays(text, file, directory)
    if not here and os.geteuid() != 0:
        raise ConfigurationError(
            f"{file}: nft reads it in a network namespace of its own, which needs root "
            "(CAP_SYS_ADMIN and CAP_NET_ADMIN): use sudo"
        )
    with TemporaryDirectory() as made:
        copy = Path(made) / "ruleset.nft"
        copy.write_text(text, "utf-8")
        others = [each for each in interfaces if each != "lo" and not here]
        where = [] if here else ["unshare", "--net"]
        command = [*where, "sh", "-c", _LIST, "sh", str(copy), *others]
        done = answer(command, file, directory)
    if done.returncode:
        raise ConfigurationError(_in_words(done.stderr.replace(str(copy), file), file))
    listed, _, as_text = done.stdout.partition("\n")
    objects = [entry for entry in json.loads(listed)["nftables"] if "metainfo" not in entry]
    found = ruleset.read(objects, _texts(as_text), file).asleep(_dormant(as_text))
    return found.with_places(lines.places(text, file, found))


def _in_words(said: str, file: str) -> str:
    first = said.strip().splitlines()
    return "\n".join(first) if first else f"{file}: nft does not load it and does not say why"


def _dormant(listing: str) -> frozenset[tuple[str, str]]:
    """Family and name of each dormant table, from the text: in JSON nft 1.0.6 has it wrong."""
    return frozenset(
        (found[1], found[2])
        for head, flags in pairwise(listing.split("\n"))
        if (found := _TABLE.match(head)) and _DORMANT.match(flags)
    )


def _texts(listing: str) -> Mapping[tuple[Key, int], str]:
    """The text of each rule, by chain and handle."""
    texts = {}
    table, chain = ("", ""), ""
    for line in listing.split("\n"):
        if found := _TABLE.match(line):
            table = (found[1], found[2])
        elif found := _CHAIN.match(line):
            chain = found[1]
        elif found := _RULE.match(line):
            texts[(*table, chain), int(found[2])] = found[1]
    return texts
