"""What a carrier asks for a service by bandwidth: what a cheaper or larger tier would cost."""

from __future__ import annotations

from pydantic import Field

from config.fields import Amount
from config.model import Model
from probes.values import Rate


class Price(Model):
    """One tier of a carrier's price list."""

    service: str = Field(description="the word that circuits have as `service`")
    bandwidth: Rate = Field(description="how much of it, e.g. 100M")
    monthly: Amount = Field(description="a month's charge for it, e.g. 400.00 EUR")
