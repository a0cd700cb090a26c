"""The templates in which a rule's words stand: Go's text/template with Prometheus's functions. Pure.

A fact is looked up when the alert is evaluated (`query`): it is in the words and not in the labels, so
that an alert stays the same alert while its cause or the lost minutes change. vmalert has all of these
functions too.
"""

from __future__ import annotations

from dataclasses import dataclass

OUTAGE = "linkledger:circuit:outage"
"""What is known of an open outage; recorded in circuits.py."""
CARRIER = "linkledger:carrier:facts"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a template the labels of a circuit are: `$labels`, or `$one.Labels` in a loop."""

    labels: str = "$labels"

    def of(self, name: str) -> str:
        """One label's place."""
        return f"{self.labels}.{name}"

    def shown(self, name: str) -> str:
        """One label's value."""
        return f"{{{{ {self.of(name)} }}}}"

    def query(self, metric: str, *labels: str, more: str = "") -> str:
        """The series of `metric` that have these labels alike, and all of the matchers in `more`."""
        matchers = ", ".join([*(f"{label}=%q" for label in labels), *([more] if more else [])])
        values = " ".join(self.of(label) for label in labels)
        return f'printf "{metric}{{{matchers}}}" {values} | query'


HERE = Place()


def looked_up(series: str, label: str, before: str = "", after: str = "") -> str:
    """A label of the first of some series, in its words; nothing where there is none."""
    inner = f'{{{{ with first . | label "{label}" }}}}{before}{{{{ . }}}}{after}{{{{ end }}}}'
    return f"{{{{ with {series} }}}}{inner}{{{{ end }}}}"


def valued(series: str, shown: str, before: str = "", after: str = "") -> str:
    """The value of the first of some series, as `shown` makes it; nothing where there is none."""
    return f"{{{{ with {series} }}}}{before}{{{{ first . | value | {shown} }}}}{after}{{{{ end }}}}"


def of_outage(label: str, place: Place = HERE, before: str = "", after: str = "") -> str:
    """What is known of the open outage."""
    return looked_up(place.query(OUTAGE, "site", "circuit"), label, before, after)


def of_carrier(label: str, place: Place = HERE, before: str = "", after: str = "") -> str:
    """What the configuration says of the carrier."""
    return looked_up(place.query(CARRIER, "carrier"), label, before, after)


def carrier_id(place: Place = HERE, before: str = "", after: str = "") -> str:
    """The carrier's own identifier of the circuit."""
    return looked_up(place.query("linkledger_circuit_info", "site", "circuit"), "carrier_id", before, after)


def together(words: str, place: Place = HERE, before: str = "", after: str = "") -> str:
    """`words`, where all circuits of the site are down together."""
    series = place.query(OUTAGE, "site", "circuit", more='common_cause=\\"true\\"')
    return f"{{{{ with {series} }}}}{before}{words}{after}{{{{ end }}}}"


def literal(text: str) -> str:
    """A text from the configuration in a template, as it is."""
    return text.replace("{{", '{{ "{{" }}')
