"""The key `reports`: what it takes, and every mistake with its sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.errors import ConfigErrors
from config.load import load
from config.reports import ReportSettings
from tests.collector.claiming.estate import config_text

MAIL = {"server": "mail.example.net:587", "from": "ll@example.net", "to": ["noc@example.net"]}


def read(folder: Path, reports: str) -> dict[str, ReportSettings]:
    path = folder / "linkledger.yaml"
    path.write_text(f"{config_text()}reports:\n{reports}")
    return dict(load(path).settings.reports)


def test_a_report_needs_no_more_than_how_often_and_where_to(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "  noc: {every: monthly, folder: out}\n").values()
    assert (one.every, one.at, one.days_after, one.formats, one.mail) == (
        "monthly",
        "06:00",
        1,
        ("html",),
        None,
    )
    assert one.folder == tmp_path / "out"


def test_mail_has_the_keys_of_an_output(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("horse")
    text = (
        "  noc:\n    every: weekly\n    timezone: Europe/Paris\n    carriers: [acme]\n"
        "    mail: {server: 'mail.example.net:587', from: ll@example.net, to: [noc@example.net],\n"
        "           username: edge, password: {file: secret}}\n"
    )
    (one,) = read(tmp_path, text).values()
    assert one.mail is not None
    assert (one.mail.tls, one.mail.sender) == ("starttls", "ll@example.net")
    assert one.mail.password is not None
    assert one.mail.password.reveal() == "horse"
    assert "horse" not in repr(one)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "goes nowhere"),
        (
            {"folder": "x", "every": "hourly"},
            "Input should be 'daily', 'weekly', .* or 'yearly'",
        ),
        ({"folder": "x", "at": "6am"}, "not a time of day such as 06:00"),
        ({"folder": "x", "at": "24:00"}, "not a time of day"),
        ({"folder": "x", "days_after": 0}, "greater than or equal to 1"),
        ({"folder": "x", "days_after": 29}, "less than or equal to 28"),
        ({"folder": "x", "timezone": "Mars"}, "not an IANA time zone"),
        ({"folder": "x", "formats": []}, "is empty"),
        ({"folder": "x", "formats": ["html", "html"]}, "names one twice"),
        ({"folder": "x", "formats": ["docx"]}, "Input should be 'html'"),
        ({"mail": {**MAIL, "to": []}}, "is empty"),
        ({"mail": {**MAIL, "server": "mail"}}, "not a host and a port"),
        ({"mail": {**MAIL, "from": "me"}}, "not a mail address"),
        ({"folder": "x", "fromat": []}, "Extra inputs"),
    ],
)
def test_every_mistake_has_its_sentence(keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        ReportSettings.model_validate({"every": "monthly", **keys})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  noc: {every: monthly, folder: x, carriers: [acmee]}\n", "'acmee' is not in `carriers`: .*acme"),
        (
            "  noc: {pack: review, every: quarterly, folder: x, for: acmee}\n",
            "'acmee' is not in `carriers`: .*acme",
        ),
        ("  noc: {every: monthly, folder: x, circuits: [lon]}\n", "'lon' is not in `circuits`"),
        ("  Noc: {every: monthly, folder: x}\n", "not a slug"),
        ("  noc: {every: monthly, folder: x, fromats: [html]}\n", "formats"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigErrors, match=problem):
        read(tmp_path, text)
