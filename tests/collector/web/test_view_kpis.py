"""The page of key figures, what the API says of them, and the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.clerk import Desk
from collector.cli import cli
from collector.ledger.opening import reading
from collector.web.api.kpis import kpi_years, kpis
from collector.web.views.kpis import draw
from collector.web.views.view import BadRequest
from tests.collector.performance.filled import CONFIG
from tests.collector.performance.kpis.measured_kpis import KPIS, desk, ledger
from tests.collector.web.desks import HOSTILE, Seen, asked

PATH = "/performance/kpis"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kpis") / "l.db"
    ledger(path)
    return path


@pytest.fixture
def at(filled: Path) -> Iterator[Desk]:
    with reading(filled):
        yield desk(filled)


def test_each_figure_stands_with_value_rating_and_owner_by_its_level(at: Desk) -> None:
    seen = Seen(draw(at, asked(PATH)))
    assert "Business Availability 98.69% ! warning" in seen.text
    assert "below its low threshold of 99%, this month" in seen.text
    assert "owner noc" in seen.text
    assert "No level is said" in seen.text
    assert "≥ 99.9%" in seen.text
    assert "/circuits/a" in seen.links
    assert "Approved by board, 1 January 2026." in seen.text
    assert "ITU-T Y.1541" in seen.text


def test_a_year_is_a_table_of_verdicts(at: Desk) -> None:
    seen = Seen(draw(at, asked(PATH, query={"year": "2026"})))
    assert "never moved" in seen.text
    assert "without owner, approval" in seen.text
    assert "2026-01: 100%, good" in seen.text
    assert "circuit beyond a bound" in seen.text
    with pytest.raises(BadRequest, match="year"):
        draw(at, asked(PATH, query={"year": "1999"}))


def test_without_any_the_page_says_how_to_begin(at: Desk) -> None:
    seen = Seen(draw(desk(at.ledger, ""), asked(PATH)))
    assert "No key figure is configured" in seen.text


def test_words_from_the_configuration_do_no_harm(at: Desk) -> None:
    said = json.dumps(HOSTILE)
    kpis = f"kpis: {{rtt: {{measure: rtt, name: {said}, owner: {said}, serves: {said}, definition: {said}}}}}"
    assert Seen(draw(desk(at.ledger, kpis), asked(PATH))).harmless


def test_the_api_tells_all_or_one_of_them(at: Desk) -> None:
    told = kpis(at, {"kpi": None}).document
    assert [one["kpi"] for one in told["items"]][:2] == ["availability", "outages"]
    assert [one["kpi"] for one in kpis(at, {"kpi": "rtt"}).document["items"]] == ["rtt"]
    assert kpi_years(at, {"year": 2026}).document["items"][0]["verdict"] == "useful"


@pytest.fixture
def config(filled: Path, tmp_path: Path) -> Path:
    path = tmp_path / "linkledger.yaml"
    path.write_text(f"demo: {{clock: 2026-04-10T12:00:00Z}}\nledger: {{path: {filled}}}\n{CONFIG}{KPIS}")
    return path


def run(config: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["kpi", *words, "-c", str(config)])
    return done.exit_code, done.output


def test_the_command_shows_a_table_and_what_is_amiss(config: Path) -> None:
    code, said = run(config)
    assert code == 0
    assert "Availability 98.69%, below its low threshold of 99%, this month" in said
    assert "CPE utilisation of a 82%, above its high threshold of 70%, for 45 minutes" in said


def test_the_command_shows_one_with_its_definition(config: Path) -> None:
    code, said = run(config, "availability")
    assert code == 0
    assert "Availability of b 100%" in said
    assert "approved by board on 2026-01-01" in said
    assert run(config, "availabilty")[0] == 2


def test_the_command_tells_json_and_years(config: Path) -> None:
    assert json.loads(run(config, "rtt", "--json")[1])[0]["kpi"] == "rtt"
    assert json.loads(run(config, "--year", "2026", "--json")[1])[0]["year"] == 2026
    assert "never moved" in run(config, "--year", "2026")[1]
