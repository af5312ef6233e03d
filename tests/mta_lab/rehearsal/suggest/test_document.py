"""A file that is edited keeps its layout, and its diff has no password."""

import re
from pathlib import Path

import pytest

from labkit.config import ConfigurationError, document_of
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edit import Add, Edit, Put
from tests.mta_lab.rehearsal.changed import LABS
from tests.mta_lab.rehearsal.suggest.stopped import changed_file

INTERNAL = ("mtas", "INTERNAL", "connectors", 0)
ADDRESS = Edit("address", (Put((*INTERNAL, "stack", "address"), "203.0.113.10"),))


@pytest.mark.parametrize("path", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_without_edits_is_written_as_it_is(path: Path) -> None:
    file = TopologyFile.read(path)
    assert file.edited(()) == file.text
    assert file.diff(()).strip() == ""


def test_the_text_with_edits_is_the_topology_that_was_predicted() -> None:
    file = TopologyFile.read(LABS / "q196381.yaml")
    predicted, written = file.topology((ADDRESS,)), file.read_back((ADDRESS,))
    assert document_of(written) == document_of(predicted)
    assert str(written.mtas["INTERNAL"].connectors[0].stack.address) == "203.0.113.10"
    assert document_of(file.topology()) != document_of(predicted)


def test_the_diff_shows_what_is_edited() -> None:
    lines = TopologyFile.read(LABS / "q196381.yaml").diff((ADDRESS,)).splitlines()
    assert [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")] == [
        "-        stack: {address: 198.51.100.1}",
        "+        stack: {address: 203.0.113.10}",
    ]


SECRETS = ["sesame", '"a, #b"', "'x: {y}'", "1234"]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_diff_shows_a_password_wherever_it_is(secret: str, tmp_path: Path) -> None:
    file = changed_file(tmp_path, "q196381", ("password: secret", f"password: {secret}"))
    bare = secret.strip("\"'")
    edits = (
        ADDRESS,
        Edit("", (Put((*INTERNAL, "override", "local_mta_password"), "other-secret"),)),
        Edit("", (Add(("play",), {"set": {"INTERNAL.server.local_mta_password": bare}}),)),
    )
    diff = file.diff(edits)
    assert bare not in diff
    assert "other-secret" not in diff
    assert re.search(r"^\+ *override: {local_mta_password: .\*{8} \(2\).}$", diff, re.MULTILINE)
    assert bare in file.edited(edits)


def test_a_list_that_is_not_indented_below_its_key_stays_so(tmp_path: Path) -> None:
    text = "name: x\nlist:\n- a: 1\n  b: 2\n- a: 3\nnested:\n  more:\n  - x\n"
    path = tmp_path / "x.yaml"
    path.write_text(text, "utf-8")
    assert TopologyFile.read(path).edited(()) == text


def test_a_file_that_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TopologyFile.read(tmp_path / "none.yaml")
    (tmp_path / "x.yaml").write_text("a: [", "utf-8")
    with pytest.raises(ConfigurationError, match="not YAML"):
        TopologyFile.read(tmp_path / "x.yaml")
    wrong = Edit("", (Put((*INTERNAL, "stack", "address"), "x y"),))
    with pytest.raises(ConfigurationError, match=r"stack\.address"):
        TopologyFile.read(LABS / "q196381.yaml").topology((wrong,))
