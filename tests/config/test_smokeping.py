"""SmokePing's Targets become circuits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.files import Unreadable
from config.load import load_text
from config.smokeping import Note, hosts
from config.starter import Found
from config.takeover import takeover_text

CONFIG = Path(__file__).parent / "smokeping" / "config"
FOUND = Found("edge-1", "Europe/Zurich", "192.0.2.254", ())


def taken(path: Path) -> tuple[str, list[str]]:
    """The configuration made from a file, and what was noted, as `file:line: ...`."""
    notes = list[Note]()
    text = takeover_text(FOUND, hosts(path, notes), notes, Path("ledger.db"))
    return text, [str(one).replace(f"{path.parent}/", "") for one in sorted(notes)]


def written(directory: Path, text: str) -> Path:
    """A file with these lines."""
    path = directory / "Targets"
    path.write_text(text)
    return path


def test_each_host_is_a_circuit_with_the_probe_that_does_the_same() -> None:
    text, _ = taken(CONFIG)
    circuits = load_text(text, "made.yaml", host="edge-1", environ={}).settings.circuits
    found = {name: one.probes["main"] for name, one in circuits.items()}
    assert {name: f"{one.kind} {one.address}" for name, one in found.items()} == {
        "europe-uk-london": "icmp 192.0.2.10",
        "europe-uk-leeds": "icmp 2001:db8:40::1",
        "europe-z-rich": "icmp zrh-pe.example.net",
        "services-web": "http https://shop.example.net/health?a=1",
        "services-plain": "http http://[2001:db8::80]/",
        "services-echo": "http https://api.example.net:8443/status",
        "services-resolver": "dns 192.0.2.53",
        "services-mail": "tcp mail.example.net:25",
    }
    london = found["europe-uk-london"].options.model_dump(mode="json")
    assert (london["every"], london["packets"], london["size"], london["dscp"]) == ("5m", 20, 1000, 46)
    often = found["europe-z-rich"].options
    assert (str(often.every), often.packets_a_round) == ("1m", 30)
    assert str(found["services-web"].options.every) == "12s", "one request a round: as many in the same time"
    asked = found["services-resolver"].options.model_dump(mode="json")
    assert (asked["query"], asked["type"], asked["every"]) == ("www.example.org", "AAAA", "15s")


def test_menu_and_title_are_a_comment_and_the_path_is_a_label() -> None:
    text, _ = taken(CONFIG)
    assert '  # London - London: the "PE" of Acme\n  europe-uk-london:\n' in text
    assert 'labels: {smokeping: "Europe/Zürich"}' in text
    assert "title = United Kingdom" not in text


def test_what_has_no_place_is_told_with_its_line() -> None:
    _, notes = taken(CONFIG)
    assert [one[:64] for one in notes] == [
        "Targets:34: Europe/UK/Leeds: slaves (boomer slave2) measure it t",
        "Targets:72: Services/shell is left out: no probe of ours does wh",
        "Targets:76: Services/broken is left out: 'not_an/address' is no ",
        "Targets:79: Services/typo is left out: '192.0.2.300' is no IPv4 ",
        "Targets:83: Services/roaming is left out: a DYNAMIC host has no ",
        "Targets:87: Services/far is left out: slaves alone measure it; r",
        "Targets:93: Multi is a chart of other targets (/Europe/UK/London",
        "Targets:94: is neither a `+ name` nor a `key = value`: 'this lin",
        "Targets:96: missing.d/more: there is no such file",
    ]


def test_the_targets_file_alone_will_do_with_smokepings_own_defaults(tmp_path: Path) -> None:
    text, notes = taken(written(tmp_path, "probe = FPing\n+ a\nhost = 192.0.2.1\n"))
    assert notes == []
    assert 'main: {icmp: "192.0.2.1", every: "5m", packets: 20}' in text


def test_settings_are_inherited_and_hosts_are_not(tmp_path: Path) -> None:
    lines = "probe = FPing\nstep = 60\n+ a\npings = 5\nhost = 192.0.2.1\n++ b\nmenu = B\n"
    lines += "+++ c\nhost = 192.0.2.3\n+ d\nhost = 192.0.2.4\n"
    text, _ = taken(written(tmp_path, lines))
    assert [line.strip() for line in text.splitlines() if "icmp:" in line and "main" in line] == [
        'probes: {main: {icmp: "192.0.2.1", every: "1m", packets: 5}}',
        'probes: {main: {icmp: "192.0.2.3", every: "1m", packets: 5}}',
        'probes: {main: {icmp: "192.0.2.4", every: "1m", packets: 20}}',
    ]


def test_names_that_come_out_equal_are_told_apart(tmp_path: Path) -> None:
    text, _ = taken(written(tmp_path, "probe = FPing\n+ a_b\nhost = 192.0.2.1\n+ A_b\nhost = 192.0.2.2\n"))
    assert [line for line in text.splitlines() if line.startswith("  a_b")] == ["  a_b:", "  a_b-2:"]


def test_an_include_that_never_ends_is_told(tmp_path: Path) -> None:
    _, notes = taken(written(tmp_path, "probe = FPing\n+ a\nhost = 192.0.2.1\n@include Targets\n"))
    assert "Targets:4: Targets is not read: included deeper than 10 files" in notes


def test_a_file_without_a_host_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names no host that a probe of ours could measure"):
        taken(written(tmp_path, "+ a\nmenu = A\n"))
    with pytest.raises(Unreadable, match="there is no such file"):
        taken(tmp_path / "nowhere")


def test_a_host_that_ours_refuses_is_left_out_and_the_others_are_taken(tmp_path: Path) -> None:
    lines = "probe = FPing\n+ good\nhost = 192.0.2.1\n+ fast\nhost = 192.0.2.2\nstep = 1\npings = 900\n"
    lines += "+ asked\nprobe = DNS\nhost = 192.0.2.53\n+ way\nhost = 192.0.2.3\nsourceaddress = eth0\n"
    text, notes = taken(written(tmp_path, lines))
    assert list(load_text(text, "made.yaml", host="edge-1", environ={}).settings.circuits) == ["good"]
    assert [one.partition(" is left out: ")[2][:45] for one in notes] == [
        "900 packets every 1s are one each 1.11ms: at ",
        "query: '192.0.2.53' is an address; its name i",
        "sourceaddress = eth0 is no IPv4 or IPv6 addre",
    ]


def test_what_real_files_hold_is_read(tmp_path: Path) -> None:
    (tmp_path / "Probes").write_bytes(b"*** Probes ***\r\n+ FPing\r\nsourceaddress = 192.0.2.99\r\n")
    lines = "@include\tProbes\n*** Targets ***\nprobe=FPing\nmenu = M\xfcnchen\n+Two Words\nhost= 192.0.2.1\n"
    path = tmp_path / "config"
    path.write_bytes(lines.encode("latin-1"))
    text, notes = taken(path)
    assert notes == []
    circuit = load_text(text, "made.yaml", host="edge-1", environ={}).settings.circuits["two-words"]
    assert str(circuit.via.source) == "192.0.2.99", "its packets leave as they did"


LINES = st.lists(
    st.sampled_from(
        [
            "+ a",
            "++ b é",
            "host = 192.0.2.1",
            "host=x y",
            "probe = FPing",
            "probe = Curl",
            "step = x",
            "pings = 0",
            "\\",
            "menu = '\"#\x01",
            "*** Targets ***",
            "@define a b",
            "packetsize = 1e99",
            "urlformat = {%host%",
            "+++",
            "tos = 0x",
        ]
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(LINES)
def test_whatever_the_lines_the_file_is_good_or_refused(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = written(tmp_path_factory.mktemp("smokeping"), "\n".join(["probe = FPing", *lines]))
    try:
        text, _ = taken(path)
    except ValueError:
        return
    assert load_text(text, "made.yaml", host="edge-1", environ={}).settings.circuits
