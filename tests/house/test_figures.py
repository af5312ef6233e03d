"""The README's table of figures has the rows that `make bench` prints, in their order."""

from itertools import takewhile
from pathlib import Path

from benchmarks.table import ROWS, Table, spaced

README = Path(__file__).parents[2] / "README.md"
BENCHMARKS = README.parent / "benchmarks"


def test_the_readme_has_the_rows_of_the_benchmarks() -> None:
    lines = README.read_text("utf-8").splitlines()
    head = next(number for number, line in enumerate(lines) if "What is measured" in line)
    rows = takewhile(lambda line: line.startswith("|"), lines[head + 2 :])
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]
    assert [(each[0], each[-1]) for each in cells] == [
        (row.what, f"`{row.file}`") for row in ROWS.values()
    ]


def test_each_row_is_filled_in_by_its_benchmark() -> None:
    for name, row in ROWS.items():
        assert f'"{name}"' in (BENCHMARKS / row.file).read_text("utf-8"), name


def test_rows_are_printed_in_the_readmes_order_with_what_was_measured() -> None:
    table = Table()
    assert table.markdown() == ""
    table.add("decode", "70 us")
    table.add("mail", "", "Postfix: 900")
    table.add("mail", "300 a second")
    head, _, mail, decode, _, loop = table.markdown().splitlines()
    assert head == "| What is measured | Figure | Beside it | `pytest benchmarks/` |"
    assert mail == f"| {ROWS['mail'].what} | 300 a second | Postfix: 900 | `test_mail.py` |"
    assert decode == "| the same, decoded | 70 us | | `test_transfer.py` |"
    assert loop.startswith("The fixed loop: ")


def test_numbers_have_the_digits_that_count() -> None:
    assert [spaced(each) for each in (0.0701, 9.96, 52.4, 940.2, 11_153, 1_234_567)] == [
        "0.07",
        "10",
        "52",
        "940",
        "11 200",
        "1 230 000",
    ]
