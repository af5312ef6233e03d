"""Whose records are read how."""

from pathlib import Path

from labkit.records import Record
from mta_emu.mta.log.records import Listening, Submitted
from mta_lab.lab.records import kinds_of, of_kind
from mta_lab.topology.reading import load_topology

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"

LINE = b'{"time": "2026-01-05T09:00:00+00:00", "kind": "listening", %s}'


def test_a_record_is_read_as_the_program_of_its_host_defines_it() -> None:
    """Both programs have a record `listening`, with other fields."""
    topology = load_topology(SEED)
    mta = kinds_of(topology, "EXTERNAL").read(LINE % b'"address": "127.0.113.10:102"')
    assert str(mta) == "listening on 127.0.113.10:102"
    firewall = kinds_of(topology, "firewall").read(
        LINE % b'"services": ["x"], "addresses": ["127.0.113.1:1"]'
    )
    assert str(firewall) == "listening x=127.0.113.1:1"


def test_records_of_a_kind_keep_their_order() -> None:
    records: list[Record] = [Listening("a"), Submitted("one"), Listening("b")]
    assert of_kind(Listening, records) == (records[0], records[2])
