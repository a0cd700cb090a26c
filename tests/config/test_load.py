"""Loading: what becomes of a good file, and every problem of a bad one at once."""

from __future__ import annotations

import gc
import pickle
from pathlib import Path

import pytest

from config.dated import Dated
from config.errors import ConfigErrors, Severity
from config.load import load, load_text
from config.settings import AtLeast
from probes.values import Duration
from tests.config.estate import GOOD, HOST, changed, load_text_at, problems_of, texts

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
EXAMPLES = sorted((Path(__file__).parent.parent.parent / "config" / "examples").glob("*.yaml"))
SECRETS = {
    "INFLUX_TOKEN": "t0ken",
    "SNMP_AUTH": "pass phrase",
    "SNMP_PRIVACY": "pass phrase",
    "FEEDBACK_KEY": "0123456789abcdef",
    "MAIL_PASSWORD": "pass phrase",
}
HOSTS = {"estate": "edge-fra-01"}
"""The host that an example is made for, where it matters."""
SECOND = "  acme: {name: Acme Telecom}\n"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_each_mistake_is_told_with_its_place_and_what_would_be_right(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    lines = path.read_text().splitlines()
    expected = [line.removeprefix("#! ") for line in lines if line.startswith("#! ")]
    with pytest.raises(ConfigErrors) as refused:
        load(Path(path.name), host=HOST, environ={})
    errors = [str(one).removeprefix(f"{path.name}:") for one in refused.value.problems if one.is_error]
    assert errors == expected


def test_there_is_a_bad_file_for_every_kind_of_mistake() -> None:
    assert len(BAD) > 90


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_files_are_good(path: Path) -> None:
    loaded = load(path, host=HOSTS.get(path.stem, HOST), environ=SECRETS)
    assert loaded.settings.here()
    assert all("has no contract" in one.text for one in loaded.warnings)


def test_a_good_file_has_no_problem_and_its_values_are_what_was_written(tmp_path: Path) -> None:
    loaded = load_text_at(tmp_path, GOOD)
    assert loaded.warnings == ()
    assert loaded.files == (tmp_path / "linkledger.yaml",)
    settings = loaded.settings
    assert (settings.site, settings.host) == ("lon-01", HOST)
    assert (settings.zone, settings.zone_of("lon-acme")) == ("Europe/London", "Europe/London")
    probe = settings.circuits["lon-acme"].probes["pe"]
    assert (probe.kind, probe.address, probe.options.packets_a_round) == ("icmp", "203.0.113.1", 10)
    assert (probe.options.every, probe.options.timeout) == (Duration(10_000), Duration(2_000))


def test_every_problem_of_all_sections_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed(
        ("Europe/London", "Europe/Londn"),
        ("name: Acme", "nmae: Acme"),
        ("site: lon-01\n    contract", "site: lon-1\n    contract"),
        ("icmp: 203.0.113.1", "icmp: 203.0.113.1, every: 10"),
        ("policy: exclude", "policy: ignore"),
    )
    found = texts(problems_of(tmp_path, text))
    assert [one.split(": ")[1] for one in found] == [
        "sites.lon-01.timezone",
        "carriers.acme.name",
        "carriers.acme.nmae",
        "circuits.lon-acme.site",
        "circuits.lon-acme.probes.pe.every",
        "contracts.gold.unknown.policy",
    ]


def test_after_a_mistake_of_syntax_no_name_of_the_unread_part_is_called_unknown(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("carriers: {acme: {name: 'Acme}}\n")
    text = changed(("carriers:\n  acme: {name: Acme Telecom}\n", "include: [more.yaml]\n"))
    assert [one.text.split(",")[0] for one in problems_of(tmp_path, text)] == [
        "not YAML: found unexpected end of stream"
    ]


def test_a_scalar_is_text_unless_it_is_plainly_a_number_or_a_truth(tmp_path: Path) -> None:
    text = changed(
        ("timezone: Europe/London", "country: NO, timezone: Europe/London"),
        ("name: Acme Telecom", "name: no, account: 0471, noc: {phone: 1:30, mail: 4711}"),
        (
            "    contract: gold\n",
            "    contract: gold\n    monthly_charge: 1200.50 USD\n    labels: {a: 1.50}\n",
        ),
    )
    settings = load_text_at(tmp_path, text).settings
    carrier, circuit = settings.carriers["acme"], settings.circuits["lon-acme"]
    assert settings.sites["lon-01"].country == "NO"
    assert (carrier.name, carrier.account, carrier.noc.phone, carrier.noc.mail) == (
        "no",
        "0471",
        "1:30",
        "4711",
    )
    assert [str(one) for one in circuit.monthly_charge.values] == ["1200.50 USD"]
    assert circuit.labels == {"a": "1.50"}


def test_a_key_with_nothing_after_it_counts_as_left_out(tmp_path: Path) -> None:
    text = changed(
        ("name: Acme Telecom", "name: Acme Telecom, account: , noc: "),
        ("    contract: gold\n", "    contract: gold\n    via:\n    judged_by:\n"),
        ("icmp: 203.0.113.1", "icmp: 203.0.113.1, every: "),
    )
    settings = load_text_at(tmp_path, f"{text}outputs:\nweb:\nledger:\n  keep:\n").settings
    assert settings.circuits["lon-acme"].probes["pe"].options.every == Duration(10_000)
    assert settings.ledger.keep == Duration.parse("400d")


def test_the_site_is_the_one_that_has_the_host_unless_the_file_or_the_caller_says_so(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(
        changed(
            (
                "site: lon-01\nsites:\n",
                "sites:\n  muc-01: {timezone: UTC, hosts: [Edge-2], reference: none}\n",
            ),
            ("timezone: Europe/London", "hosts: [edge-1.example.net], timezone: Europe/London"),
            (
                "circuits:\n",
                "circuits:\n  muc: {carrier: acme, site: muc-01, probes: {a: {icmp: gateway}}}\n",
            ),
        )
    )
    assert load(path, host="edge-1").settings.site == "lon-01"
    assert load(path, host="edge-2.example.net").settings.site == "muc-01"
    assert load(path, host="edge-1", site="muc-01").settings.site == "muc-01"
    with pytest.raises(ConfigErrors, match=r"--site muc: did you mean 'muc-01'\?"):
        load(path, host="edge-1", site="muc")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("missing.yaml", "there is no such file"), (".", "is a directory, not a file")],
)
def test_a_file_that_is_none_is_one_clear_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        load(tmp_path / name)
    assert str(refused.value) == f"{tmp_path / name}: {sentence}"


def test_a_file_that_is_not_utf8_is_one_clear_sentence_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_bytes(GOOD.encode() + "# Zürich\n".encode("latin-1"))
    with pytest.raises(ConfigErrors, match=r"is not UTF-8 text: byte 0xfc in line 28"):
        load(path)


def test_warnings_do_not_refuse_and_come_with_the_errors_when_there_are_some(tmp_path: Path) -> None:
    text = changed(("    contract: gold\n", ""))
    assert texts(load_text_at(tmp_path, text).warnings) == [
        "7:3: warning: circuits.lon-acme: has no contract: it is measured, not judged"
    ]
    with pytest.raises(ConfigErrors) as refused:
        load_text_at(tmp_path, changed(("Acme Telecom", "true"), text=text))
    assert [one.severity for one in refused.value.problems] == [Severity.ERROR, Severity.WARNING]
    assert "has no contract" not in str(refused.value)


def test_many_circuits_without_a_contract_are_named_ten_at_most(tmp_path: Path) -> None:
    more = "".join(
        f"  c{n}: {{carrier: acme, site: lon-01, probes: {{a: {{icmp: 192.0.2.{n}}}}}}}\n"
        for n in range(1, 31)
    )
    found = texts(problems_of(tmp_path, changed(("circuits:\n", f"circuits:\n{more}"))))
    assert len(found) == 11
    assert (
        found[0] == "6:1: warning: circuits: 20 more circuits have no contract: they are measured, not judged"
    )


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("[{icmp: gateway, owner: ours}]", ""),
        ("none", ""),
        ("[]", "has no reference of ours: its outages will be unknown"),
        ("[{icmp: 192.0.2.1, owner: carrier}]", "has no reference of ours: its outages will be unknown"),
        ("[{icmp: gateway, owner: ours, covers: [lon-acme]}]", "no reference of ours covers other"),
    ],
)
def test_a_site_that_nobody_of_ours_witnesses_for_is_warned_of(
    tmp_path: Path, reference: str, said: str
) -> None:
    text = changed(
        ("[{icmp: gateway, owner: ours}]", reference),
        (
            "circuits:\n",
            "circuits:\n"
            "  other: {carrier: acme, site: lon-01, contract: gold, probes: {a: {icmp: 192.0.2.9}}}\n",
        ),
    )
    found = load_text_at(tmp_path, text).warnings
    assert [one.text.startswith(said) for one in found] == [True] * bool(said)


def test_a_reference_runs_as_often_as_the_most_frequent_probe_of_its_site(tmp_path: Path) -> None:
    text = changed(
        ("icmp: 203.0.113.1", "icmp: 203.0.113.1, every: 30s"),
        (
            "owner: ours}",
            "owner: ours}, {icmp: 192.0.2.1, owner: carrier, every: 5s, packets: 1, timeout: 3s}",
        ),
    )
    first, second = load_text_at(tmp_path, text).settings.sites["lon-01"].reference or ()
    assert (str(first.probe.options.every), str(first.probe.options.timeout)) == ("30s", "1s")
    assert first.probe.options.packets_a_round == 2
    assert (str(second.probe.options.every), str(second.probe.options.timeout)) == ("5s", "3s")
    assert (first.probe.name, second.probe.name) == ("icmp-gateway", "icmp-192.0.2.1")
    assert second.carrier == "acme", "it speaks for the circuits of one carrier alone"


def test_maintenance_is_kept_as_typed_windows(tmp_path: Path) -> None:
    text = f"{GOOD}maintenance: [{{from: 2026-05-03 02:00, to: 2026-05-03 04:00}}]\n"
    [window] = load_text_at(tmp_path, text).settings.maintenance
    assert (str(window.start), str(window.end), window.exclude_key) == (
        "2026-05-03 02:00",
        "2026-05-03 04:00",
        "maintenance",
    )


@pytest.mark.parametrize(
    ("rule", "kept"), [("any", "any"), ("all", "all"), ("{at_least: 1}", AtLeast(at_least=1))]
)
def test_up_when_is_a_word_or_a_number(tmp_path: Path, rule: str, kept: object) -> None:
    text = changed(("    contract: gold\n", f"    contract: gold\n    up_when: {rule}\n"))
    assert load_text_at(tmp_path, text).settings.circuits["lon-acme"].up_when == Dated.always(kept)


@pytest.mark.parametrize(
    ("web", "refused"),
    [
        ("{listen: '127.0.0.1:9850'}", False),
        ("{listen: '[::1]:9850'}", False),
        ("{listen: 'localhost:9850'}", False),
        ("{listen: '127.9.9.9:1'}", False),
        ("{listen: '0.0.0.0:9850'}", True),
        ("{listen: '[::]:9850'}", True),
        ("{listen: ':9850'}", True),
        ("{listen: 'edge.example.net:9850'}", True),
        ("{listen: '0.0.0.0:9850', public: true}", False),
        ("{listen: '0.0.0.0:9850', config_file: web.yml}", False),
    ],
)
def test_listening_beyond_loopback_needs_auth_or_public(tmp_path: Path, web: str, refused: bool) -> None:
    (tmp_path / "web.yml").write_text("basic_auth_users: {}\n")
    problems = problems_of(tmp_path, f"{GOOD}web: {web}\n")
    assert [one.path for one in problems] == ["web.listen"] * refused


def test_paths_start_at_the_file_that_holds_them(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "web.yml").write_text("")
    (tmp_path / "conf.d" / "web.yaml").write_text("web: {config_file: web.yml}\n")
    text = f"include: [conf.d/*.yaml]\n{GOOD}ledger: {{path: data/ledger.db}}\n"
    settings = load_text_at(tmp_path, text).settings
    assert settings.ledger.path == tmp_path / "data" / "ledger.db"
    assert settings.web.config_file == tmp_path / "conf.d" / "web.yml"


def test_a_text_without_a_file_is_read_like_one() -> None:
    loaded = load_text(f"{GOOD}ledger: {{path: data/ledger.db}}\n", "starter", host=HOST, environ={})
    assert loaded.settings.ledger.path == Path("data/ledger.db")
    with pytest.raises(
        ConfigErrors, match=r"starter:7:3: circuits\.lon-acme\.carrier: 'carrier' is required"
    ):
        load_text(changed(("    carrier: acme\n    site", "    site")), "starter", host=HOST, environ={})


def test_the_digest_depends_on_meaning_and_not_on_order_comments_or_secrets(tmp_path: Path) -> None:
    def digest(text: str, token: str = "one") -> str:
        return load_text_at(tmp_path, text, {"TOKEN": token}).settings.digest

    output = "outputs: {influxdb: {a: {url: 'http://127.0.0.1:8086', api: v3, token: {env: TOKEN}}}}\n"
    plain = digest(GOOD + output)
    assert plain.startswith("sha256:")
    assert len(plain) == len("sha256:") + 64
    assert plain == digest(output + "# a comment\n" + GOOD)
    assert plain == digest(GOOD + output, "two")
    assert plain == digest(
        changed(("icmp: 203.0.113.1", "icmp: 203.0.113.1, every: 10s"), text=GOOD + output)
    )
    assert plain != digest(
        changed(("icmp: 203.0.113.1", "icmp: 203.0.113.1, every: 11s"), text=GOOD + output)
    )
    assert plain != digest(changed((">= 99.9%", ">= 99.99999%"), text=GOOD + output))


def test_what_was_loaded_can_go_to_another_process(tmp_path: Path) -> None:
    loaded = load(EXAMPLES[0], host=HOSTS[EXAMPLES[0].stem], environ=SECRETS)
    assert pickle.loads(pickle.dumps(loaded)) == loaded
    with pytest.raises(ConfigErrors) as refused:
        load_text_at(tmp_path, "site: lon-01\n")
    assert pickle.loads(pickle.dumps(refused.value)).problems == refused.value.problems


def test_garbage_collection_is_as_it_was_after_a_load(tmp_path: Path) -> None:
    problems_of(tmp_path, "not: good")
    assert gc.isenabled()


def test_whose_rtt_counts_is_whose_jitter_counts_too_unless_told(tmp_path: Path) -> None:
    text = changed(
        ("pe: {icmp: 203.0.113.1}", "pe: {icmp: 203.0.113.1}\n      far: {icmp: 203.0.113.9}"),
        (
            "    contract: gold\n",
            "    contract: gold\n    judged_by: {availability: [pe, far], rtt: [far]}\n",
        ),
        (
            '      availability: {target: ">= 99.9%"}',
            '      jitter: {definition: ipdv_mean, target: "<= 2ms"}',
        ),
    )
    assert problems_of(tmp_path, text) == ()


def test_circuits_that_cannot_be_read_are_not_said_to_stand_elsewhere(tmp_path: Path) -> None:
    text = "site: a\nsites: {a: {timezone: UTC, reference: none}}\ncircuits: {csv: circuits.csv}\n"
    (one,) = problems_of(tmp_path, text)
    assert one.text.endswith("circuits.csv: there is no such file")


def test_reading_leaves_the_garbage_collector_as_it_was(tmp_path: Path) -> None:
    frozen = gc.get_freeze_count()
    load_text_at(tmp_path, GOOD)
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, frozen)
