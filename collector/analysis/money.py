"""Amounts to the cent and by currency, exactly. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from collector.sla.rounding import shown

Money = Mapping[str, Decimal]
"""Amounts by currency: two currencies are never added."""


def exact(amount: Fraction | Decimal) -> Decimal:
    """To the cent, rounded half up once, as statements round."""
    return Decimal(shown(Fraction(amount), 2))


def by_currency(amounts: Iterable[tuple[str, Fraction]]) -> dict[str, Decimal]:
    """What (currency, amount) comes to, to the cent; a currency of nothing but zeros is left out."""
    sums: dict[str, Fraction] = {}
    for currency, amount in amounts:
        if currency and amount:
            sums[currency] = sums.get(currency, Fraction(0)) + amount
    return {currency: exact(one) for currency, one in sums.items()}
