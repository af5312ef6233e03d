"""docs/records.md has every record that the packages define."""

from collections.abc import Iterator

from labkit.records import Record
from tests.records import PAGE, PROGRAMS, page

_PACKAGES = ("mta_emu.", "firewall_proxy.", "mta_lab.")


def test_the_page_is_that_of_the_definitions() -> None:
    assert PAGE.read_text("utf-8") == page(), "`python -m tests.records` writes it"


def test_every_record_that_a_package_defines_is_on_it() -> None:
    defined = {each for each in _below(Record) if each.__module__.startswith(_PACKAGES)}
    assert defined == {kind for kinds in PROGRAMS.values() for kind in kinds}


def _below(kind: type[Record]) -> Iterator[type[Record]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
