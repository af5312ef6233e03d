"""The pages whose commands a newcomer follows, what each takes, and what nobody runs here.

A page is followed from its first command to its last, in a clone of its own.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Page(NamedTuple):
    """What it takes to follow a page, and what there must be among what is followed or said."""

    says: tuple[str, ...]
    root: bool = False
    programs: tuple[str, ...] = ()


#: Followed by test_pages.py.
PAGES: Mapping[str, Page] = {
    "docs/exercises.md": Page(
        ("Model solution", "A connection begins with a SYN", "directory,exercise,question")
    ),
    "docs/rehearsal.md": Page(
        ("all is delivered", "--dry-run", "mta-lab suggest", "--capture"),
        root=True,
        programs=("nsenter", "nft"),
    ),
    "docs/tutorials/captures.md": Page(
        ("mta-emu decode", "no answer"),
        programs=("tshark",),
    ),
    "docs/tutorials/own-configuration.md": Page(
        ("2 of 2 flows agree", "client-side transparency off", "all mail is delivered with 2"),
    ),
    "docs/how-to/nftables.md": Page(
        ("another source", "2 of 2 flows agree", "dnat to 198.51.100.10"),
        root=True,
        programs=("nsenter", "nft"),
    ),
    "docs/how-to/class.md": Page(("Ann-Jones.key.yaml", "Model solution")),
    "docs/how-to/ci.md": Page(("2 of 2 flows agree", "now delivered", "4 passed")),
    "docs/how-to/port-102.md": Page(("ok trap-shared-port", "outgoing: {t: MTA}")),
    "docs/how-to/amhs.md": Page(("takes AMHSLAND-3", "amhsland: down")),
    "docs/how-to/cluster.md": Page(("20 agree with the prediction, 0 differ",)),
    "docs/explanation/predictor.md": Page(("3 agree with the prediction, 0 differ",)),
    "docs/sheet.md": Page(
        ("2 of 2 flows agree", "left open", "hp-nonstop", "as predicted"),
    ),
}
#: Followed as root and as nobody, by test_readme.py; in containers, by test_containers.py; with the
#: wheel and without a clone, by test_wheel.py.
OTHERS = ("README.md", "docs/tutorials/mail-piles-up.md", "docs/install.md")
_NO_CLONE = "tests/newcomer/test_wheel.py does, where the wheel is"
#: Blocks that nobody runs here, and why.
NOT_RUN = {
    ("README.md", _NO_CLONE),
    ("docs/install.md", _NO_CLONE),
    ("CONTRIBUTING.md", "these tests are among what it starts"),
    ("docker/README.md", "it takes a mirror of Debian; tests/engine.py makes an image with it"),
    ("docs/how-to/nftables.md", "this is for your own firewall"),
    ("docs/how-to/cluster.md", "tests/newcomer/test_containers.py does, where an engine is"),
    (
        "docs/how-to/engines.md",
        "it takes two machines; tests/mta_lab/backends/test_overlay.py has two engines",
    ),
}
