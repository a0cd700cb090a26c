"""Circuits from CSV: every cell with its place, every row's problem, whatever the file is like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import MOST_PROBLEMS, Problems
from config.files import Source
from config.load import Loaded
from config.rows import rows
from config.tree import plain
from tests.config.estate import changed, load_text_at, problems_of

YAML = (
    changed(
        ("  lon-acme:\n    carrier: acme\n    site: lon-01\n    contract: gold\n", "  csv: c.csv\n"),
        ("    probes:\n      pe: {icmp: 203.0.113.1}\n", ""),
    )
    + "kits: {wan: {pe: {icmp: '{pe}'}}}\ndefaults: {circuits: {kit: wan, contract: gold, site: lon-01}}\n"
)
HEAD = "circuit,carrier,pe,monthly_charge,bandwidth.down,labels.floor\n"
ROW = "lon-a,acme,192.0.2.1,100.00 USD,100M,3\n"


def loaded(directory: Path, table: str | bytes, text: str = YAML) -> Loaded:
    """The configuration with this table as `c.csv`."""
    (directory / "c.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    return load_text_at(directory, text)


def told(directory: Path, table: str | bytes, text: str = YAML) -> list[str]:
    """The errors, without the directory."""
    (directory / "c.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    found = problems_of(directory, text)
    return [str(one).replace(f"{directory}/", "") for one in found if one.is_error]


def read(table: str, words: frozenset[str] = frozenset({"pe"})) -> dict[str, object]:
    """The rows of a table that is good, as plain values."""
    problems = Problems()
    found = {
        name: plain(row) for name, row, _ in rows(Source("c.csv", Path("c.csv"), table), words, problems)
    }
    assert problems.sorted() == ()
    return found


def test_a_row_is_a_circuit(tmp_path: Path) -> None:
    found = loaded(tmp_path, HEAD + ROW)
    one = found.settings.circuits["lon-a"]
    assert (one.carrier.values, one.labels, one.probes["pe"].address) == (
        ("acme",),
        {"floor": "3"},
        "192.0.2.1",
    )
    assert [str(charge) for charge in one.monthly_charge.values] == ["100.00 USD"]
    assert [str(bandwidth.down) for bandwidth in one.bandwidth.values] == ["100M"]
    assert found.files == (tmp_path / "linkledger.yaml", tmp_path / "c.csv")
    assert f"# {tmp_path}/c.csv\n{HEAD}{ROW}" in found.text
    assert found.warnings == ()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_spreadsheets_make_of_it_reads_the_same(
    tmp_path: Path, separator: str, end: str, mark: str
) -> None:
    table = mark + (HEAD + ROW).replace(",", separator).replace("\n", end)
    assert loaded(tmp_path, table).settings.circuits == loaded(tmp_path, HEAD + ROW).settings.circuits


def test_quoted_cells_hold_separators_and_quotes() -> None:
    assert read('id,carrier_id,pe\nb,"a, ""b""",x\n"d",plain " quote,y') == {
        "b": {"carrier_id": 'a, "b"', "pe": "x"},
        "d": {"carrier_id": 'plain " quote', "pe": "y"},
    }


def test_empty_cells_empty_lines_and_comments_are_left_out() -> None:
    assert read("circuit,pe,,service\n\n# a comment,,,\na, x ,,\n,,,\n") == {"a": {"pe": "x"}}


def test_a_cell_of_a_circuits_key_may_be_a_list_or_a_map_and_a_words_is_text() -> None:
    table = (
        "circuit;kit;judged_by.rtt;monthly_charge;pe\n"
        "a;[wan, voice];[pe];[{value: 1.00 USD}];[2001:db8::1]:443"
    )
    assert read(table) == {
        "a": {
            "kit": ["wan", "voice"],
            "judged_by": {"rtt": ["pe"]},
            "monthly_charge": [{"value": "1.00 USD"}],
            "pe": "[2001:db8::1]:443",
        }
    }


def test_rows_stand_beside_entries_of_the_file_and_in_several_tables(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "e.csv").write_text("id,carrier,pe\nlon-e,acme,192.0.2.5\n")
    text = YAML.replace(
        "  csv: c.csv\n", "  csv: [c.csv, d/e.csv]\n  lon-y: {carrier: acme, pe: 192.0.2.9}\n"
    )
    assert list(loaded(tmp_path, HEAD + ROW, text).settings.circuits) == ["lon-y", "lon-a", "lon-e"]


def test_a_table_is_looked_for_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "c.csv").write_text(HEAD + ROW)
    (tmp_path / "conf.d" / "circuits.yaml").write_text("circuits: {csv: c.csv}\n")
    text = "include: [conf.d/*.yaml]\n" + YAML.replace("circuits:\n  csv: c.csv\n", "")
    assert list(load_text_at(tmp_path, text).settings.circuits) == ["lon-a"]


@pytest.mark.parametrize(
    ("rows_", "said"),
    [
        (
            "lon-a,acme,192.0.2.1,100.00,100M,3\n",
            "c.csv:2:22: circuits.lon-a.monthly_charge: '100.00' is not",
        ),
        (
            "lon-a,acne,192.0.2.1,,,\n",
            "c.csv:2:7: circuits.lon-a.carrier: 'acne' is not in `carriers`: did you",
        ),
        ("lon-a,acme,192.0.2.1,,100X,\n", "c.csv:2:23: circuits.lon-a.bandwidth.down: '100X' is not a rate"),
        (
            "lon-a,acme,x y,,,\n",
            "c.csv:2:12: circuits.lon-a.probes.pe.icmp: 'x y' is no IPv4 or IPv6 address",
        ),
        ("lon-a,acme,,,,\n", "c.csv:2:1: circuits.lon-a.pe: 'pe' is required: kit 'wan' uses it at linkl"),
        ("Lon A,acme,192.0.2.1,,,\n", "c.csv:2:1: circuits.Lon A: 'Lon A' is not a slug"),
        (
            "lon-a,acme,192.0.2.1,,,,\n",
            "c.csv:2:25: circuits.csv: this row has 7 cells, the header 6: put a c",
        ),
        ("lon-a,acme\n", "c.csv:2:7: circuits.csv: this row has 2 cells, the header 6: an empty c"),
        (",acme,192.0.2.1,,,\n", "c.csv:2:1: circuits.csv: this row has no circuit's id"),
        ('lon-a,"acme,192.0.2.1,,,\n', "c.csv:2:7: circuits.csv: this quote is never closed"),
        ('lon-a,"ac"me,192.0.2.1,,,\n', "c.csv:2:11: circuits.csv: after a quoted cell comes a separator or"),
        ("lon-a,acme,192\x00,,,\n", "c.csv:2:15: circuits.csv: character U+0000 can't stand in a CSV file"),
        ('lon-a,"ac\x07",192,,,\n', "c.csv:2:7: circuits.csv: character U+0007 can't stand in a CSV file"),
        ("lon-a,acme,192.0.2.1,[{,,\n", "c.csv:2:22: circuits.lon-a.monthly_charge: not YAML: "),
    ],
)
def test_each_problem_has_the_line_and_column_of_its_cell(tmp_path: Path, rows_: str, said: str) -> None:
    [found] = told(tmp_path, HEAD + rows_)
    assert found.startswith(said)


@pytest.mark.parametrize("closed", ['c,ac"me,192.0.2.3', 'c,acme",192.0.2.3'])
def test_a_quote_that_a_later_row_closes_is_told_where_it_opens_and_swallows_nothing(
    tmp_path: Path, closed: str
) -> None:
    opened = told(tmp_path, f'{HEAD}a,"acme,192.0.2.1,,,\nb,acme,192.0.2.300,,,\n{closed},,,\n')
    assert [one[:75] for one in opened[:2]] == [
        "c.csv:2:3: circuits.csv: this quote is closed in line 4: a cell holds no li",
        "c.csv:3:8: circuits.b.probes.pe.icmp: '192.0.2.300' is no IPv4 or IPv6 addr",
    ]
    assert opened[2].startswith("c.csv:4:3: circuits.c.carrier: ")


def test_a_list_that_a_cell_leaves_open_is_told_without_lines_of_its_own(tmp_path: Path) -> None:
    [found] = told(tmp_path, HEAD + 'a,acme,192.0.2.1,"[{value: 1 USD}",,\n')
    assert found.endswith("monthly_charge: not YAML: did not find expected ',' or ']'")


def test_a_table_without_a_row_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, HEAD) == ["linkledger.yaml:6:1: circuits: 'circuits' is required: what is measured"]
    found = loaded(
        tmp_path, HEAD, YAML.replace("csv: c.csv\n", "csv: c.csv\n  a: {carrier: acme, pe: pe.example}\n")
    )
    assert "has a header and no row below it" in [one.text for one in found.warnings]


def test_the_separator_that_excel_is_told_is_no_row(tmp_path: Path) -> None:
    table = "\ufeffsep=;\r\ncircuit;carrier;pe\r\na;acne;192.0.2.1\r\n"
    [found] = told(tmp_path, table)
    assert found.startswith("c.csv:3:3: circuits.a.carrier: 'acne' is not in `carriers`")


def test_a_row_that_cannot_be_read_hides_no_other_rows_problem(tmp_path: Path) -> None:
    table = (HEAD + 'a,acme,192.0.2.1,,,\nb,"acme,192.0.2.2,,,\nc,acme,192.0.2.3,,\n').encode()
    table += b"d,\xff,192.0.2.4,,,\na,acme,192.0.2.5,,,\ne,acme,192.0.2.300,,,\nf,acme,192.0.2.6,,,\n"
    assert [one.split(": ")[0] for one in told(tmp_path, table)] == [
        f"c.csv:{place}" for place in ("3:3", "4:19", "5:3", "6:1", "7:8")
    ]


def test_a_circuit_that_is_given_twice_names_both_places(tmp_path: Path) -> None:
    text = YAML.replace("  csv: c.csv\n", "  csv: c.csv\n  lon-a: {carrier: acme, pe: 192.0.2.9}\n")
    assert told(tmp_path, HEAD + ROW, text) == [
        "c.csv:2:1: circuits.lon-a: this circuit is given twice, first at linkledger.yaml:8:3: "
        "keep one of them"
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "circuit,carier,pe",
            "c.csv:1:9: circuits.csv.carier: unknown column 'carier': did you mean 'carrier'?",
        ),
        ("circuit,Carrier,pe", "unknown column 'Carrier': did you mean 'carrier'?"),
        ("ID,carrier,pe", "unknown column 'ID': did you mean 'id'?"),
        ("circuit,carrier,pe,bandwith.up", "unknown column 'bandwith.up': did you mean 'bandwidth.up'?"),
        ("circuit,carrier,pe,via.sorce", "unknown column 'via.sorce': did you mean 'via.source'?"),
        ("circuit,carrier,pe,pe", "c.csv:1:20: circuits.csv.pe: there are two columns for this: keep one"),
        ("circuit,carrier,pe,id", "c.csv:1:20: circuits.csv.id: there are two columns for this: keep one"),
        ("carrier,pe", "c.csv:1:1: circuits.csv: no column is named `circuit`: it holds our id of each"),
        ("", "c.csv:1:1: circuits.csv: is empty: there is no header"),
    ],
)
def test_a_wrong_column_is_told_once(tmp_path: Path, header: str, said: str) -> None:
    row = ",".join(["x"] * (header.count(",") + 1))
    found = told(tmp_path, f"{header}\n{row}\n{row}\n" if header else "")
    assert sum(said in one for one in found) == 1


def test_a_column_without_a_name_may_be_empty_and_nothing_else(tmp_path: Path) -> None:
    assert told(tmp_path, "circuit,carrier,pe,,\na,acme,192.0.2.1,,\n") == []
    assert told(tmp_path, "circuit,carrier,pe,,\na,acme,192.0.2.1,,note\n") == [
        "c.csv:2:19: circuits.csv: column 5 has no name in the header"
    ]


def test_problems_are_kept_up_to_a_bound_and_counted_beyond(tmp_path: Path) -> None:
    table = HEAD + "".join(f"c{n},acne,192.0.2.1,,,\n" for n in range(MOST_PROBLEMS + 500))
    found = told(tmp_path, table)
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1] == "linkledger.yaml: and 500 more errors"


def test_ten_thousand_rows_are_read_and_their_equal_options_are_one_value(tmp_path: Path) -> None:
    table = HEAD + "".join(f"c{n},acme,10.0.{n >> 8}.{n & 255},,,\n" for n in range(10_000))
    circuits = loaded(tmp_path, table).settings.circuits
    assert len(circuits) == 10_000
    assert len({id(one.probes["pe"].options) for one in circuits.values()}) == 1


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='ab,;"\n\r\t #[{\x00é\udcff', max_size=40))
def test_any_table_gives_rows_or_problems(text: str) -> None:
    problems = Problems()
    found = list(rows(Source("c.csv", Path("c.csv"), f"circuit,pe\n{text}"), frozenset({"pe"}), problems))
    lines = text.count("\n") + text.count("\r") + 1
    assert len(found) <= lines
    assert all(one.line <= lines + 1 for one in problems.sorted())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.text(alphabet='ab,;" é', max_size=6), min_size=2, max_size=2), min_size=1, max_size=5
    )
)
def test_what_is_quoted_comes_back(cells: list[list[str]]) -> None:
    quoted = [[f'"{one}"' for one in (cell.replace('"', '""') for cell in row)] for row in cells]
    table = "".join(f"r{n},{','.join(row)}\n" for n, row in enumerate(quoted))
    found = read(f"circuit,pe,service\n{table}")
    expected = {
        f"r{n}": {key: one for key, one in zip(("pe", "service"), row, strict=True) if one}
        for n, row in enumerate(cells)
    }
    assert found == expected
