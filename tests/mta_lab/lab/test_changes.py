"""What has been changed in a lab, and that no password is shown of it."""

from datetime import UTC, date, datetime
from pathlib import Path

from mta_lab.lab.changes import Changes, read_changes, shown, write_changes

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)


def test_the_latest_value_of_each_path_is_kept() -> None:
    changes = Changes().after({"firewall.transparency": False, "A.b": "x"}, THEN)
    changes = changes.after({"firewall.transparency": True}, LATER)
    assert [str(each) for each in changes.changes] == [
        "A.b=x set at 03:04:05",
        "firewall.transparency=true set at 04:04:05",
    ]
    assert [each.path for each in changes.of("A")] == ["A.b"]


def test_passwords_are_hidden_wherever_they_are() -> None:
    general = {"directory_name": "X", "remote_mta_password": "sesame"}
    settings = {
        "A.server.local_mta_password": "sesame",
        "A.server.http.password": None,
        "A.connectors": [{"general": general}],
    }
    values = [each.value for each in Changes().after(settings, THEN).changes]
    assert values == [
        "********",
        "null",
        '[{"general": {"directory_name": "X", "remote_mta_password": "********"}}]',
    ]


def test_they_are_found_again(tmp_path: Path) -> None:
    assert read_changes(tmp_path) == Changes()
    changes = Changes().after({"A.b": [1, 2]}, THEN)
    write_changes(changes, tmp_path)
    assert read_changes(tmp_path) == changes


def test_a_value_of_yaml_that_json_lacks_is_shown_too() -> None:
    assert shown("A.b", date(1998, 3, 2)) == '"1998-03-02"'
