"""Key figures in the configuration: versions, warnings, and the benchmarks that stand beside them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from config.benchmarks import DIRECTORY, beside, known, papers
from config.bounds import KINDS, Bound
from config.kpis import Kpi, lacking
from tests.config.estate import GOOD, load_text_at

CHANGED = {
    "measure": "availability",
    "over": "month",
    "approved": {"by": "board", "on": "2024-12-01"},
    "critical": "< 99%",
    "versions": [
        {"from": "2025-01-01", "target": ">= 99.9%"},
        {"from": "2025-07-01", "target": ">= 99.95%", "critical": "< 99.5%", "because": "the tills moved"},
    ],
}


def warned(directory: Path, kpis: str) -> list[str]:
    loaded = load_text_at(directory, f"{GOOD}\nkpis:\n{kpis}")
    return [one.text for one in loaded.warnings if one.path.startswith("kpis")]


def test_a_version_says_what_changed_and_the_rest_stays() -> None:
    kpi = Kpi.model_validate(CHANGED)
    first, second = kpi.definitions()
    assert (str(first.target), str(first.critical), first.over) == (">= 99.9%", "< 99%", "month")
    assert (str(second.target), str(second.critical), second.because) == (
        ">= 99.95%",
        "< 99.5%",
        "the tills moved",
    )
    assert second.limits == {"target": 99.95, "critical": 99.5}
    assert kpi.on(date(2024, 12, 31)) is None
    assert kpi.on(date(2025, 6, 30)) == first
    assert kpi.on(date(2025, 7, 1)) == second


def test_a_changed_definition_needs_an_approval_of_its_own() -> None:
    kpi = Kpi.model_validate(CHANGED)
    first, second = kpi.definitions()
    assert first.approved is not None
    assert first.approved.by == "board"
    assert lacking(kpi, second) == ["owner", "approval"]


def test_a_bound_is_compared_in_the_unit_of_its_measure() -> None:
    assert Bound.parse("<= 1s").of("rtt") == 1000
    assert Bound.parse("<= 90m").of("mttr") == Fraction(3, 2)
    assert Bound.parse("> 2.5G").of("throughput") == 2500
    assert Bound.parse(">= 99.9%").holds(Fraction("99.9"), "availability")
    assert not Bound.parse("> 99.9%").holds(Fraction("99.9"), "availability")
    assert all(not Bound.parse(kind.example).misfit(measure) for measure, kind in KINDS.items())


def test_a_key_figure_without_owner_target_period_or_approval_is_told(tmp_path: Path) -> None:
    assert [one.split(":")[0] for one in warned(tmp_path, "  a: {measure: rtt}")] == [
        "has no owner", "has no period", "has no target", "was approved by nobody",
    ]  # fmt: skip


def test_a_whole_one_is_told_nothing_of(tmp_path: Path) -> None:
    whole = 'measure: rtt, over: month, owner: noc, target: "<= 30ms", approved: {by: board, on: 2025-01-01}'
    assert warned(tmp_path, f"  a: {{{whole}}}") == []


def test_what_nothing_measures_here_is_told(tmp_path: Path) -> None:
    rest = "over: month, owner: noc, approved: {by: board, on: 2025-01-01}"
    kpis = f'  a: {{measure: tls_days, probe: portl, target: ">= 30d", {rest}}}\n'
    assert any("has a probe 'portl'" in one for one in warned(tmp_path, kpis))
    (told,) = warned(tmp_path, f'  a: {{measure: utilisation, target: "<= 70%", {rest}}}')
    assert told == "nothing measures utilisation here: it takes an snmp probe"


def test_a_figure_about_no_circuit_is_told(tmp_path: Path) -> None:
    rest = 'over: month, owner: noc, target: "<= 30ms", approved: {by: board, on: 2025-01-01}'
    kpis = f"  a: {{measure: rtt, sites: [lon-01], circuits: [], {rest}}}"
    assert warned(tmp_path, kpis) == ["is about no circuit: none fits all that it names"]


def test_every_paper_can_be_read_and_names_its_source() -> None:
    assert {path.stem for path in DIRECTORY.glob("*.yaml")} == set(papers())
    for paper in papers().values():
        assert paper.source
        assert paper.version
        assert paper.url.startswith("https://")
        assert all(set(grade.bounds) <= set(paper.notes) for grade in paper.classes.values())
    assert "y1541/class-0" in known()


def test_a_round_trip_may_take_twice_what_a_paper_grants_one_way() -> None:
    found = beside("rtt", "voice")
    assert found is not None
    assert (found.key, float(found.value), found.text) == ("y1541/class-0", 200.0, "<= 200 ms")
    assert "twice that there and back" in found.words
    loss = beside("loss", named="y1541/class-4")
    assert loss is not None
    assert (loss.value, loss.text) == (Fraction(1, 10), "<= 0.1%")


@pytest.mark.parametrize(
    ("measure", "service", "key"),
    [
        ("rtt", "lte", "y1541/class-3"),
        ("rtt", "international", "y1541/class-1"),
        ("rtt", None, "y1541/class-0"),
        ("mos", "dia", "g109/high"),
        ("jitter", "lte", None),
        ("availability", "dia", None),
    ],
)
def test_a_benchmark_fits_the_service(measure: str, service: str | None, key: str | None) -> None:
    found = beside(measure, service)  # type: ignore[arg-type]
    assert (found and found.key) == key
