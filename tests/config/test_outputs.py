"""Who is told of outages and breaches: what the configuration may say, and what it is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.outputs import MailOutput
from probes.values import Secret
from tests.config.estate import GOOD, load_text_at

OUTPUTS = """\
outputs:
  alertmanager:
    noc: {url: 'http://127.0.0.1:9093', bearer: {env: TOKEN}, labels: {team: noc}}
  webhook:
    tickets: {url: 'https://tickets.example/hook', hmac: {env: TOKEN}, circuits: [lon-acme]}
  mail:
    desk: {server: 'mail.example.net:587', username: edge, password: {env: TOKEN}, from: edge@example.net,
           to: [noc@example.net], carriers: [acme], events: [outage_start]}
"""


def test_each_kind_is_read_with_its_secret(tmp_path: Path) -> None:
    outputs = load_text_at(tmp_path, GOOD + OUTPUTS, {"TOKEN": "t0ken"}).settings.outputs
    assert set(outputs.notified()) == {"noc", "tickets", "desk"}
    assert (outputs.alertmanager["noc"].bearer, outputs.webhook["tickets"].hmac) == (Secret("t0ken"),) * 2
    desk = outputs.mail["desk"]
    assert (desk.sender, desk.to, desk.tls) == ("edge@example.net", ("noc@example.net",), "starttls")
    assert (desk.carriers, desk.events, desk.password) == (("acme",), ("outage_start",), Secret("t0ken"))
    assert outputs.alertmanager["noc"].resend.ms == 60_000


MAIL = "from: edge@example.net, to: [noc@example.net], username: edge, password: {env: TOKEN}"


@pytest.mark.parametrize(
    ("entry", "warned"),
    [
        (f"mail: {{a: {{server: 'mail.example.net:25', tls: none, {MAIL}}}}}", "outputs.mail.a.tls"),
        (f"mail: {{a: {{server: 'localhost:25', tls: none, {MAIL}}}}}", ""),
        (f"mail: {{a: {{server: 'mail.example.net:465', tls: implicit, {MAIL}}}}}", ""),
        ("webhook: {a: {url: 'http://tickets.example/', bearer: {env: TOKEN}}}", "outputs.webhook.a.url"),
        ("webhook: {a: {url: 'http://[::1]:8080/', bearer: {env: TOKEN}}}", ""),
        ("webhook: {a: {url: 'http://tickets.example/', hmac: {env: TOKEN}}}", ""),
        ("webhook: {a: {url: 'https://tickets.example/', bearer: {env: TOKEN}}}", ""),
        (
            "alertmanager: {a: {url: 'https://a.example/', username: u, bearer: {env: TOKEN}}}",
            "outputs.alertmanager.a.username",
        ),
    ],
)
def test_a_secret_that_travels_in_the_open_is_a_warning(tmp_path: Path, entry: str, warned: str) -> None:
    loaded = load_text_at(tmp_path, GOOD + f"outputs: {{{entry}}}\n", {"TOKEN": "t0ken"})
    assert [one.path for one in loaded.warnings] == ([warned] if warned else [])


@pytest.mark.parametrize(
    "address",
    ["a@b\nc", "a b@c.example", "noc", "@c.example", "a@-c", "<a@c.example>", "a@c.example,b@c.example"],
)
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        MailOutput.model_validate({"server": "127.0.0.1:25", "from": "a@b.example", "to": [address]})
