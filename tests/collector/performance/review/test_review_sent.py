"""A review by the command, on the page, and on a schedule: each the same pack."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from collector.cli import cli
from collector.reporting import reviewed_apart
from collector.reports import ready
from collector.reports.ready import Prepared, prepared
from collector.web.views import review, reviews
from collector.web.views.view import BadRequest, NotFound, ReportsNow
from config.reports import ReportSettings
from config.settings import Settings
from tests.collector.performance.review.reviewed import ACME_SAYS, NOW, desk, reviewed
from tests.collector.web.desks import HOSTILE, Seen, asked

PDF = ReportsNow(pdf=True)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return reviewed(tmp_path_factory.mktemp("sent"))


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    """The command two days after January."""
    monkeypatch.setattr("collector.clocks.clock_of", lambda _: SimpleNamespace(now=lambda: NOW))
    config = settings.ledger.path.parent / "linkledger.yaml"
    return CliRunner().invoke(cli, ["review", "-c", str(config), *words])


def test_without_options_the_newest_month_that_is_over_is_told_in_blocks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(settings, monkeypatch)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Review of January 2026\n")
    for title in ("In a minute", "Scorecard", "Goals", "Actions", "Recommendations", "The carrier's reply"):
        assert f"\n{title}\n" in done.stdout


def test_json_is_one_object_with_the_lists_that_are_promised(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(settings, monkeypatch, "--period", "2026-01", "--for", "carrier", "acme", "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    assert [one["carrier"] for one in told["scorecard"]] == ["acme"]
    assert {"goals", "actions", "recommendations", "anomalies"} <= set(told)
    assert "beta" not in done.stdout.lower()


def test_files_go_into_a_folder(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = run(settings, monkeypatch, "--format", "json,html", "--out", str(tmp_path / "packs"))
    assert sorted(one.name for one in (tmp_path / "packs").iterdir()) == [
        "linkledger-review-2026-01.html",
        "linkledger-review-2026-01.json",
    ]
    assert done.stdout.count("linkledger-review-2026-01") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "carrier", "acmee"), "did you mean 'acme'"),
        (("--for", "site", "lon"), "write --for carrier NAME"),
        (("--period", "soon"), "is not a period"),
        (("--format", "csv"), "there is html, pdf, json"),
        (("--json", "--format", "html"), "--json goes to stdout"),
    ],
)
def test_what_is_asked_wrongly_is_exit_2_and_says_what_is_right(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    done = run(settings, monkeypatch, *words)
    assert (done.exit_code, said in done.output) == (2, True), done.output


# --- on a schedule


def entry(**more: Any) -> ReportSettings:  # noqa: ANN401
    return ReportSettings(pack="review", folder=Path("packs"), **{"every": "monthly", **more})


def test_a_scheduled_review_is_mailed_with_its_minute_in_the_text(settings: Settings) -> None:
    made = prepared(settings, settings.ledger.path, NOW, entry(formats=("html", "json")), "2026-01")
    assert isinstance(made, Prepared)
    assert [one.file_name for one in made.files] == [
        "linkledger-review-2026-01.html",
        "linkledger-review-2026-01.json",
    ]
    assert made.subject.startswith("Monthly review, January 2026: 4 promises broken on 4 circuits")
    assert "Credits:" in made.text
    assert "What changed:" in made.text


def test_a_carriers_scheduled_pack_waits_for_its_circuits_alone_and_names_nobody_else(
    settings: Settings,
) -> None:
    for_acme = entry(for_carrier="acme")
    assert ready.wanted_by(for_acme, "2026-01").carriers == ("acme",)
    made = prepared(settings, settings.ledger.path, NOW, for_acme, "2026-01")
    assert "beta" not in (made.text + made.subject + made.files[0].body.decode()).lower()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"pack": "report", "for": "acme"}, "is a review's"),
        ({"pack": "review", "carriers": ("acme",)}, "of the whole estate"),
        ({"pack": "review", "formats": ("csv",)}, "html, pdf or json"),
        ({"pack": "review", "timezone": "UTC"}, "this site's days"),
    ],
)
def test_what_does_not_fit_its_pack_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ReportSettings(**{"every": "quarterly", "folder": "packs", **more})


# --- on the page


def test_each_period_has_its_page_and_its_pack_in_each_form(settings: Settings) -> None:
    seen = reviews.page(desk(settings), asked(reviews.HERE, query={"carrier": "acme"}, reports=PDF))
    assert [one.key for one in seen.groups] == ["quarterly", "monthly", "weekly", "daily", "yearly"]
    assert [(one.rows[0].label, one.rows[0].closed) for one in seen.groups if one.key == "quarterly"] == [
        ("2026-Q1", False)
    ]
    january = next(row for group in seen.groups for row in group.rows if row.label == "2026-01")
    assert january.held == 1
    assert january.links[1] == ("pdf", "/performance/reviews/2026-01.pdf?carrier=acme")


def test_a_reviews_page_shows_what_was_said_and_takes_what_is_said_next(settings: Settings) -> None:
    request = asked("/performance/reviews/2026-01", parts={"period": "2026-01"}, query={"carrier": "acme"})
    seen = Seen(review.draw(desk(settings), request))
    assert ACME_SAYS in seen.text
    assert {"said", "thanks", "reply", "present", "held", "carrier"} <= set(seen.fields)
    assert (seen.fields["kind"], seen.fields["period"]) == ("review", "2026-01")
    assert not [one for one in seen.links if ".pdf" in one]


def test_what_is_no_period_or_no_carrier_is_refused(settings: Settings) -> None:
    with pytest.raises(NotFound, match="is not a period"):
        review.page(desk(settings), asked("/x", parts={"period": "soon"}))
    with pytest.raises(BadRequest, match="did you mean"):
        reviews.page(desk(settings), asked("/x", query={"carrier": "acmee"}))


def test_hostile_words_are_only_words(settings: Settings) -> None:
    parts, given = {"period": "2026-01"}, {"said": HOSTILE, "kind": "review"}
    request = asked("/performance/reviews/2026-01", parts=parts, problem=HOSTILE, given=given)
    assert Seen(review.draw(desk(settings), request)).harmless


def test_the_page_is_given_the_same_file_as_the_command(settings: Settings) -> None:
    made = reviewed_apart(settings, settings.ledger.path, NOW, "2026-01", "json", "beta")
    assert json.loads(made.body)["carrier"] == "beta"
    assert made.file_name == "linkledger-review-2026-01-beta.json"
