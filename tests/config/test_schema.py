"""The JSON Schema accepts what is good and refuses what a schema can refuse."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from config.errors import Problems
from config.schema import file_schema
from config.starter import Found, starter_text
from config.tree import parse, plain
from tests.config.estate import GOOD
from tests.config.test_load import BAD, EXAMPLES

BEYOND_A_SCHEMA = frozenset(
    """
    alert-label alert-resend output-carrier-unknown output-circuit-unknown output-name-twice
    carrier-unknown contract-carrier-unknown contract-unknown judged-by-unknown-probe
    reference-carrier-unknown reference-covers-unknown site-here-unknown site-unknown
    contract-incomplete judged-by-contract-asks judged-by-mos judged-by-empty judged-by-missing
    judged-by-twice
    kpi-benchmark-silent kpi-benchmark-unknown kpi-circuit-unknown kpi-measure-missing kpi-order
    kpi-over-short kpi-over-uneven kpi-probe kpi-side kpi-statistic kpi-turned kpi-unit kpi-versions
    diverse-from price-twice scorecard-tier-figure scorecard-tier-unit scorecard-tier-unreachable
    scorecard-weight scorecard-weights-nought
    keep-shorter-than-contract keep-under-a-day reference-ours-of-carrier reference-twice up-when-too-many
    probe-address probe-address-without-port probe-spacing probe-timeout-long probe-timeout-over-every
    probe-timeout-zero probe-too-often timezone via-source interface-as-number probe-http-regex probe-http-url
    host-name-elsewhere no-circuit-here site-of-no-host site-of-two-hosts
    include-missing key-twice listen-without-auth web-config-file-missing
    credentials-incomplete credentials-unknown traps-credentials probe-dns-query
    csv-column csv-missing csv-not-a-path csv-row dated-name-unknown dated-nothing dated-twice
    kit-brace kit-probe-twice kit-unknown kit-word-elsewhere kit-word-missing kit-word-misspelt
    kit-word-unquoted kit-word-value
    contract-bands-fall contract-bands-gap contract-cap-currency contract-cap-unknown contract-chronic
    contract-claim contract-combine-missing contract-credit-currency contract-day-rate-missing
    contract-delivery-bands contract-dense-window contract-down-direction contract-dscp
    contract-extends-mistake contract-extends-unknown contract-gate contract-group-unknown
    contract-holidays contract-loss-direction contract-mef-interval contract-mef-multiple contract-no-rtt
    contract-per-incomplete contract-repair-target contract-scope contract-scope-pair
    contract-undecided-decided contract-undecided-no-decision contract-undecided-too-many
    contract-version-incomplete contract-versions-same-day keep-shorter-than-chronic
    maintenance-ends-first maintenance-mixed maintenance-names
    secret-credential-outside-systemd secret-env-unset secret-file-missing
    """.split()  # noqa: SIM905 - a list a line each would be longer than all else here
)
"""They need names, arithmetic, the host, a kit's words, or other files."""


@cache
def validator() -> Draft202012Validator:
    """One for all tests: to make the schema takes a while."""
    return Draft202012Validator(file_schema())


def document(text: str) -> object:
    """A file's plain value; None when it is not YAML."""
    return plain(parse(text, "a.yaml", Problems()))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(file_schema())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_files_are_accepted(path: Path) -> None:
    assert [error.message for error in validator().iter_errors(document(path.read_text()))] == []


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        starter_text(Found("edge-1", "UTC", "192.0.2.1", ("9.9.9.9",))),
        GOOD.replace("name: Acme Telecom", "name: 3, account: 4711"),
        GOOD.replace("[{icmp: gateway, owner: ours}]", "none"),
        GOOD.replace("timezone: Europe/London, ", "") + "defaults: {sites: {timezone: UTC}}\n",
        "include: [conf.d/*.yaml]\nledger: {keep: 90d}\n",
        GOOD + "outputs: {influxdb: {a: {url: 'http://h', api: v3, token: {file: token}, from: now}}}\n",
        GOOD.replace("availability: {target", "uptime: {metric: availability, target"),
    ],
)
def test_other_good_files_are_accepted(text: str) -> None:
    assert [error.message for error in validator().iter_errors(document(text))] == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_files_are_refused_where_a_schema_can_know(path: Path) -> None:
    value = document(path.read_text())
    if value is not None:
        assert validator().is_valid(value) is (path.stem in BEYOND_A_SCHEMA)
