"""Credit notes out of CSV: what is read, and where each mistake is."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.claiming.credit_rows import CreditRow, credit_rows
from config.errors import Problems
from config.files import Source
from config.settings import Settings
from tests.collector.claiming.made import seen

HEADER = "account,carrier_id,period,amount,currency,reference\n"
ROW = "A-100,CX/1001,2026-01,50.00,GBP,CN1\n"


def read(settings: Settings, text: str, reason: str | None = None) -> tuple[list[CreditRow], list[str]]:
    problems = Problems()
    rows = credit_rows(Source("c.csv", Path("c.csv"), text), settings, problems, reason=reason)
    return rows, [f"{one.line}:{one.column}: {one.text}" for one in problems.sorted()]


def one(settings: Settings, text: str, reason: str | None = None) -> CreditRow:
    rows, wrong = read(settings, text, reason)
    assert wrong == []
    (found,) = rows
    return found


def test_a_row_is_a_credit_note_with_its_line(settings: Settings) -> None:
    row = one(settings, HEADER + ROW)
    body = row.body
    assert (row.line, body.account, body.carrier, body.carrier_id) == (2, "A-100", "acme", "CX/1001")
    assert (str(body.amount), body.period, body.reference) == ("50.00 GBP", "2026-01", "CN1")
    assert body.reason == "imported from c.csv, line 2"
    assert one(settings, HEADER + ROW, "May's notes").body.reason == "May's notes"


@pytest.mark.parametrize(
    "text",
    [
        "account;carrier_id;period;amount;currency;reference\nA-100;CX/1001;2026-01;50.00;GBP;CN1\n",
        "Account\tCARRIER_ID\tperiod\tamount\tcurrency\treference\r\nA-100\tCX/1001\t2026-01\t50\tGBP\tCN1\r\n",
        "reference,currency,amount,period,carrier_id,account\nCN1,GBP,050.0,2026-01,CX/1001,A-100",
        'sep=;\naccount;carrier_id;period;amount;currency;reference\n\nA-100;CX/1001;2026-01;50;GBP;"CN1"\n',
    ],
)
def test_the_same_row_is_the_same_credit_note_however_the_file_is_written(
    settings: Settings, text: str
) -> None:
    found = one(settings, text).body
    assert found.external_id == one(settings, HEADER + ROW).body.external_id
    assert seen(found.carrier_id, found.amount.amount) == ("CX/1001", 50)


@pytest.mark.parametrize(
    "row",
    [
        "A-101,CX/1001,2026-01,50.00,GBP,CN1", "A-100,CX/1002,2026-01,50.00,GBP,CN1",
        "A-100,CX/1001,2026-02,50.00,GBP,CN1", "A-100,CX/1001,2026-01,50.01,GBP,CN1",
        "A-100,CX/1001,2026-01,50.00,EUR,CN1", "A-100,CX/1001,2026-01,50.00,GBP,CN2",
        "A-100,CX/1001,2026-01,500,GBP,CN1",
    ],
)  # fmt: skip
def test_another_row_is_another_credit_note(settings: Settings, row: str) -> None:
    assert one(settings, HEADER + row).body.external_id != one(settings, HEADER + ROW).body.external_id


@pytest.mark.parametrize(
    ("header", "row", "account", "carrier", "theirs"),
    [
        ("carrier,circuit", "acme,lon-acme", "A-100", "acme", "CX/1001"),
        ("carrier,circuit", "Acme Networks plc,lon-acme", "A-100", "acme", "CX/1001"),
        ("carrier,circuit", "beta,lon-beta", "beta", "beta", "B77"),
        ("account,carrier_id", "X-9,Y-9", "X-9", None, "Y-9"),
        ("account,carrier,carrier_id,circuit", "A-100,acme,CX/1001,lon-acme", "A-100", "acme", "CX/1001"),
        ("account,carrier,carrier_id", "Z,beta,B77", "Z", "beta", "B77"),
    ],
)
def test_carriers_and_circuits_may_be_named_by_either_side(
    settings: Settings, header: str, row: str, account: str, carrier: str | None, theirs: str
) -> None:
    text = f"{header},period,amount,currency,reference,issued\n{row},2026-01,5,GBP,R,2026-05-12\n"
    body = one(settings, text).body
    assert (body.account, body.carrier, body.carrier_id) == (account, carrier, theirs)
    assert body.issued is not None
    assert body.issued.isoformat() == "2026-05-12"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", ["1:1: is empty: there is no header"]),
        ("account,carrier_id,period,amount,currency\n", ["1:1: column reference is missing"]),
        ("period,amount,currency,reference\n",
         ["1:1: column account or carrier is missing", "1:1: column carrier_id or circuit is missing"]),
        (HEADER.replace("reference", "referense") + ROW,
         ["1:1: column reference is missing",
          "1:43: there is no column 'referense': did you mean 'reference'?"]),
        (HEADER.replace("account", "period") + ROW,
         ["1:1: column account or carrier is missing", "1:19: column period is there twice"]),
        (HEADER + "A-100,CX/1001,2026-01,50.00,GBP\n", ["2:29: this row has 5 cells, the header 6"]),
        (HEADER + "A-100,CX/1001,2026-01,50.00,GBP,CN1,x\n", ["2:37: this row has 7 cells, the header 6"]),
        (HEADER + ",CX/1001,2026-01,50.00,GBP,CN1\n", ["2:1: account is empty"]),
        (HEADER + "A-100,,2026-01,50.00,GBP,CN1\n", ["2:7: carrier_id is empty"]),
        (HEADER + "A-100,CX/1001,,50.00,GBP,CN1\n", ["2:15: period is empty"]),
        (HEADER + "A-100,CX/1001,2026-01,,GBP,CN1\n", ["2:23: amount is empty"]),
        (HEADER + "A-100,CX/1001,2026-01,50.00,,CN1\n", ["2:29: currency is empty"]),
        (HEADER + "A-100,CX/1001,2026-01,50.00,GBP,\n", ["2:33: reference is empty"]),
        (HEADER + 'A-100,CX/1001,2026-01,"1,234.50",GBP,CN1\n',
         ["2:23: '1,234.50' is not an amount such as 1234.56"]),
        (HEADER + "A-100,CX/1001,2026-01,-50.00,GBP,CN1\n",
         ["2:23: '-50.00' is not an amount such as 1234.56"]),
        (HEADER + "A-100,CX/1001,2026-01,0.00,GBP,CN1\n", ["2:23: nothing is credited: leave the row out"]),
        (HEADER + "A-100,CX/1001,2026-01,50.00,gbp,CN1\n", ["2:29: 'gbp' is not a currency such as USD"]),
        (HEADER + ROW + ROW, ["3:1: says the same as line 2: give each credit its own reference"]),
        (HEADER + ROW + "A,B,C,D,E,\n" + ROW,
         ["3:7: 'D' is not an amount such as 1234.56", "3:9: 'E' is not a currency such as USD",
          "3:11: reference is empty",
          "4:1: says the same as line 2: give each credit its own reference"]),
        ("carrier,circuit,period,amount,currency,reference\nacm,lon-acm,2026-01,5,GBP,R\n",
         ["2:1: the configuration has no carrier 'acm': did you mean 'acme'?",
          "2:5: the configuration has no circuit 'lon-acm': did you mean 'lon-acme'?"]),
        ("account,carrier,carrier_id,circuit,period,amount,currency,reference,issued\n"
         "A-100,beta,CX/9,lon-acme,2026-01,5,GBP,R,12.5.\n",
         ["2:1: account A-100 is acme's, not beta's",
          "2:12: circuit lon-acme is CX/1001 by the configuration",
          "2:42: '12.5.' is not a day such as 2026-05-12"]),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_line_and_column(
    settings: Settings, text: str, wrong: list[str]
) -> None:
    _, told = read(settings, text)
    period = [one for one in told if "is not a period" in one]
    assert [one for one in told if one not in period] == wrong
    assert len(period) == text.count("A,B,C,D")


def test_a_period_that_is_none_is_told(settings: Settings) -> None:
    _, told = read(settings, HEADER + ROW.replace("2026-01", "January"))
    assert [one[:33] for one in told] == ["2:15: 'January' is not a period: "]
