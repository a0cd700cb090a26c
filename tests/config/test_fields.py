"""Scalars: what each takes, and what it says about anything else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from config.fields import Country, Day, Money, Slug, Span, Url, Zone, listen_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9850", ("127.0.0.1", 9850)),
        ("[::1]:9850", ("::1", 9850)),
        ("[fe80::1%eth0]:1", ("fe80::1%eth0", 1)),
        ("localhost:0", ("localhost", 0)),
        (":9850", ("", 9850)),
    ],
)
def test_a_listen_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert listen_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "9850", "127.0.0.1", "::1:9850", "a:b:1", "h:65536", "h:-1", "h:１", "[::1]9"]
)
def test_what_is_no_listen_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address and a port"):
        listen_address(text)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Slug, ["a", "lon-acme", "4g.b_c"], ["", "A", "-a", "_a", "a b", "a\n", "ü"]),
        (Zone, ["UTC", "Europe/London"], ["", "Europe/Londn", "../etc/passwd", "/etc/localtime", "Europe"]),
        (Country, ["GB", "NO"], ["gb", "GBR", "G1", ""]),
        (Span, ["90d", "12mo", "3y", "4w"], ["90", "3 months", "d", "90d\n"]),
        (
            Url,
            ["http://h", "https://h:8086/p", "http://[::1]:80"],
            ["h:80", "ftp://h", "http://", "http://h:x", "http://h:99999", "http://u@h", "http://["],
        ),
    ],
)
def test_a_scalar_takes_what_is_right_and_nothing_else(
    kind: Any,  # noqa: ANN401 - an annotated type
    good: list[str],
    bad: list[str],
) -> None:
    adapter = TypeAdapter[str](kind)
    assert [adapter.validate_python(text) for text in good] == good
    for text in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_a_day_is_a_day_and_never_a_number() -> None:
    adapter: TypeAdapter[date] = TypeAdapter(Day)
    assert adapter.validate_python("2026-01-31") == date(2026, 1, 31)
    for wrong in (86400, "2026-02-30", "31.01.2026", None, "2026-01-31T00:00:00Z"):
        with pytest.raises(ValidationError, match="is not a day such as 2026-01-31"):
            adapter.validate_python(wrong)


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["USD", "EUR", "JPY"]))
def test_money_keeps_its_digits(amount: Decimal, currency: str) -> None:
    money = Money.parse(f"{amount:f} {currency}")
    assert money == Money(amount, currency)
    assert str(money) == f"{amount:f} {currency}"


@pytest.mark.parametrize(
    "text", ["12", "12 usd", "USD 12", "-1 USD", "1,200.00 USD", "1e3 USD", "12  USD", 12]
)
def test_an_amount_without_its_currency_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"such as 1200\.00 USD"):
        Money.parse(text)
