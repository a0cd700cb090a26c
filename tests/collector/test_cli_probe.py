"""`linkledger probe` against this host's own loopback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli.probe import probe_command
from collector.cli.probing import bars, line
from probes.model import Outcome, Round, Sample
from tests.config.estate import changed
from tests.probes.peers import closed_port


class Hello(BaseHTTPRequestHandler):
    """Answers each request alike."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        """Nobody reads it."""


@pytest.fixture
def web_url() -> Iterator[str]:
    """A web server in a thread."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        running.join()


def probe(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(probe_command, words)


@pytest.mark.root
def test_rounds_that_come_faster_than_their_answers_are_all_told() -> None:
    told = json.loads(probe("127.0.0.1", "--count", "20", "--every", "1ms", "--json").stdout)
    assert (told["sent"], len({one["at_ms"] for one in told["rounds"]})) == (20, 20)


@pytest.mark.root
@pytest.mark.parametrize(
    ("kind", "target", "options"), [("icmp", "127.0.0.7", "size: 100"), ("tcp", "127.0.0.7:1", "every: 5s")]
)
def test_a_configured_probe_is_measured_as_the_daemon_measures_it(
    tmp_path: Path, kind: str, target: str, options: str
) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(changed(("icmp: 203.0.113.1", f'{kind}: "{target}", {options}')))
    done = probe("lon-acme/pe", "-c", str(path), "--count", "1", "--json", "-v")
    told = json.loads(done.stdout)
    assert (told["target"], told["received"], done.exit_code) == (target, 1, 0)
    assert done.stderr == f"{kind} to {target}, one each 1s\n"


def test_a_url_is_asked_for_and_its_phases_are_told(web_url: str) -> None:
    done = probe(web_url, "--count", "1", "--timeout", "20s")
    assert done.exit_code == 0, done.stdout
    assert re.search(
        r"ms  tcp info clock  connect [0-9.]+ ms  first byte [0-9.]+ ms  status 200  ", done.stdout
    )
    assert f"{web_url} (http): 1 of 1 answered" in done.stdout
    told = json.loads(probe(web_url, "--count", "1", "--timeout", "20s", "--json").stdout)
    assert told["rounds"][0]["http_status"] == 200


@pytest.mark.parametrize(
    "key", ["bearer: SECRET", "headers: {X-Key: SECRET}", "basic_auth: {username: u, password: SECRET}"]
)
def test_a_probe_whose_secret_cannot_be_had_is_not_measured_without_it(
    tmp_path: Path, key: str, web_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "linkledger.yaml"
    asked = key.replace("SECRET", "{env: NO_SUCH_SECRET}")
    path.write_text(changed(("icmp: 203.0.113.1", f'http: "{web_url}", {asked}')))
    done = probe("lon-acme/pe", "-c", str(path), "--count", "1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith(": the environment variable NO_SUCH_SECRET is not set, or empty\n")
    monkeypatch.setenv("NO_SUCH_SECRET", "here-it-is")
    done = probe("lon-acme/pe", "-c", str(path), "--count", "1", "--timeout", "20s", "--json", "-v")
    assert (done.exit_code, "here-it-is" in done.output) == (0, False)


def test_a_probe_that_is_not_configured_is_exit_2_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(changed())
    done = probe("lon-acme/pf", "-c", str(path))
    assert (done.exit_code, done.stderr) == (
        2,
        f"linkledger: {path} has no probe 'lon-acme/pf': did you mean 'lon-acme/pe'?\n",
    )


@pytest.mark.root
def test_a_packet_that_this_host_keeps_is_exit_3() -> None:
    done = probe("255.255.255.255", "--count", "1", "--timeout", "100ms")
    assert (done.exit_code, "not sent" in done.stdout) == (3, True)


def test_an_option_below_another_is_said_with_a_dot() -> None:
    words = ("--kind", "dns", "--count", "1", "-o", "query=example.test", "-o", "edns=0")
    with closed_port() as port:
        done = probe(f"127.0.0.1:{port}", *words, "-o", "expect.rcode=NXDOMAIN")
    assert (done.exit_code, "refused (the target says: port unreachable)" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "expect.rcode=NOPE"), "option expect.rcode: 'NOPE' is not a response code such as NOERROR"),
        (("-o", "expect=A", "-o", "expect.rcode=A"), "--option expect.rcode: expect has a value of its own"),
        (("-o", "type=AA"), "option type: 'AA' is not a record type such as A, AAAA, MX or TXT"),
    ],
)
def test_an_option_that_the_kind_refuses_is_exit_2_with_its_name(words: tuple[str, ...], said: str) -> None:
    done = probe("127.0.0.1", "--kind", "dns", "-o", "query=example.test", *words)
    assert (done.exit_code, done.stderr.startswith(f"linkledger: {said}")) == (2, True)


@pytest.mark.parametrize(
    ("value", "shown"), [(88.53, "88.53"), (-10_187.4, "-10187"), (355_400.0, "355400"), (12, "12")]
)
def test_a_sample_is_shown_as_people_write_numbers(value: float, shown: str) -> None:
    told = line(Outcome(None, (Sample(1, 0, 0, "tls_days_left", value),)), 1)
    assert told == f"   1  nothing  tls_days_left {shown}"


def test_a_bar_is_an_rtt_a_cross_a_loss_and_an_answer_without_an_rtt_a_gap() -> None:
    rounds = [
        Round(1, 0, 1000, 1, sent=1, received=received, rtts=rtts)
        for received, rtts in ((1, (10,)), (1, (20,)), (0, (None,)), (1, ()))
    ]
    assert bars([Outcome(one, ()) for one in rounds], 10).plain == "▁█× "
