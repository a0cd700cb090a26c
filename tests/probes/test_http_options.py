"""What an `http` probe takes, what it refuses, and that its secrets stay secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from config.schema import file_schema
from probes.http.options import HttpExpect, HttpOptions, Match
from probes.values import Secret
from tests.config.estate import changed, load_text_at, problems_of, texts

SECRET = "hunter2-hunter2"


def of_file(directory: Path, keys: str, environ: dict[str, str] | None = None) -> HttpOptions:
    """The options that an entry with these keys makes."""
    text = changed(("{icmp: 203.0.113.1}", f"{{http: 'https://example.net', {keys}}}"))
    options = load_text_at(directory, text, environ).settings.circuits["lon-acme"].probes["pe"].options
    assert isinstance(options, HttpOptions)
    return options


@pytest.mark.parametrize(
    ("written", "statuses"),
    [
        (200, ("200",)),
        ("200", ("200",)),
        ("2xx", ("2xx",)),
        ([200, "3xx"], ("200", "3xx")),
    ],
)
def test_a_status_is_a_number_a_class_or_a_list(written: object, statuses: tuple[str, ...]) -> None:
    assert HttpExpect.model_validate({"status": written}).status == statuses


@pytest.mark.parametrize("written", [99, 600, "ok", "2x", [], [200, "no"], True, {"a": 1}])
def test_what_is_no_status_is_refused(written: object) -> None:
    with pytest.raises(ValidationError, match="is not a status such as"):
        HttpExpect.model_validate({"status": written})


@pytest.mark.parametrize(
    ("written", "matches"),
    [
        ("ok", (Match(contains="ok"),)),
        (42, (Match(contains="42"),)),
        ({"regex": "o+k"}, (Match(regex="o+k"),)),
        (["ok", {"contains": "well"}], (Match(contains="ok"), Match(contains="well"))),
    ],
)
def test_a_body_holds_a_text_a_regex_or_all_of_a_list(written: object, matches: tuple[Match, ...]) -> None:
    assert HttpExpect.model_validate({"body": written}).body == matches
    assert HttpExpect.model_validate({"not_body": written}).not_body == matches


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"expect": {"body": {"regex": "("}}}, r"'\(' is not a regex: missing \)"),
        ({"expect": {"header": {"Server": {"regex": "[z-a]"}}}}, "is not a regex: bad character range"),
        ({"expect": {"body": {}}}, "needs a text"),
        ({"expect": {"body": {"regex": "a", "contains": "a"}}}, "needs a text"),
        ({"expect": {"body": True}}, "write it in quotes: 'true'"),
        ({"expect": {"min_days_left": -1}}, "greater than or equal to 0"),
        ({"method": "get"}, "'GET'"),
        ({"method": "CONNECT"}, "'GET'"),
        ({"body": "x"}, "a GET sends no body: say method: POST"),
        ({"method": "HEAD", "expect": {"body": "x"}}, "the answer to a HEAD has no body"),
        ({"follow": 11}, "less than or equal to 10"),
        ({"body_limit": "1G"}, "1G is too much to hold: at most 16M"),
        ({"headers": {"Authorization": "x"}}, "basic_auth and bearer make it"),
        ({"headers": {"Content-Length": "1"}}, "the body gives it"),
        ({"headers": {"a b": "1"}}, "'a b' is not the name of a header"),
        ({"headers": {"X": "a\r\nHost: b"}}, "the value of X is not one line"),
        ({"headers": {"X": Secret("a\n")}}, "the value of X is not one line"),
        ({"headers": {"X": [1]}}, "must be text, {env: NAME}"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "a header is given twice"),
        ({"bearer": "a\nb"}, "the token is not one line"),
        ({"bearer": "t", "basic_auth": {"username": "u", "password": "p"}}, "give one"),
        ({"basic_auth": {"username": "a:b", "password": "p"}}, "pattern"),
    ],
)
def test_options_that_mean_nothing_are_refused(given: dict[str, object], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        HttpOptions.model_validate(given)


def test_a_round_is_made_every_30_seconds_unless_told(tmp_path: Path) -> None:
    assert str(of_file(tmp_path, "method: GET").every) == "30s"
    assert str(of_file(tmp_path, "every: 10s").every) == "10s"


def test_secrets_below_an_option_come_from_where_they_lie(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{SECRET}\n")
    basic = of_file(tmp_path, "basic_auth: {username: ada, password: {file: password}}").basic_auth
    assert basic is not None
    assert (basic.username, basic.password.reveal()) == ("ada", SECRET)
    bearer = of_file(tmp_path, "bearer: {env: TOKEN}", {"TOKEN": SECRET}).bearer
    assert bearer == Secret(SECRET)
    headers = of_file(
        tmp_path, "headers: {X-Key: {env: KEY}, X-Count: 3, X-Word: no}", {"KEY": SECRET}
    ).headers
    assert headers == {"X-Key": Secret(SECRET), "X-Count": "3", "X-Word": "no"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "bearer: hunter2-hunter2",
            "12:46: circuits.lon-acme.probes.pe.bearer: a secret in plain: anyone who can read this file has "
            "it; use {file: PATH} or {env: NAME}",
        ),
        (
            "basic_auth: {username: ada, password: {env: NONE}}",
            "12:76: circuits.lon-acme.probes.pe.basic_auth.password: the environment variable NONE is not "
            "set, or empty",
        ),
        (
            "headers: {X-Key: {env: NONE}}",
            "12:55: circuits.lon-acme.probes.pe.headers.X-Key: the environment variable NONE is not set, or "
            "empty",
        ),
        (
            "expect: {body: {regex: '('}}",
            "12:53: circuits.lon-acme.probes.pe.expect.body: '(' is not a regex: missing ), unterminated "
            "subpattern at position 0",
        ),
        (
            "basic_auth: {username: ada}",
            "12:38: circuits.lon-acme.probes.pe.basic_auth.password: 'password' is required: the password",
        ),
        (
            "expect: {statos: 200}",
            "12:47: circuits.lon-acme.probes.pe.expect.statos: unknown key 'statos': did you mean 'status'?",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, keys: str, said: str) -> None:
    text = changed(("{icmp: 203.0.113.1}", f"{{http: 'http://a.example', {keys}}}"))
    found = texts(problems_of(tmp_path, text))
    assert [one.replace("warning: ", "") for one in found] == [said]


def test_a_secret_in_plain_is_hidden_at_each_place_where_it_stands(tmp_path: Path) -> None:
    probes = f"{{http: 'http://a.example', bearer: {SECRET}}}"
    text = changed(
        ("{icmp: 203.0.113.1}", f"{probes}\n      two: {probes}"),
        ("    contract: gold\n", "    contract: gold\n    judged_by: {availability: [pe]}\n"),
    )
    loaded = load_text_at(tmp_path, text)
    assert SECRET not in loaded.text
    assert len(loaded.warnings) == 2


def test_no_secret_is_shown_by_the_options_or_by_a_refusal() -> None:
    given = {"bearer": SECRET, "headers": {"X": Secret(SECRET)}}
    options = HttpOptions.model_validate(given)
    assert SECRET not in f"{options!r} {options} {options.model_dump_json()} {options.model_dump()}"
    with pytest.raises(ValidationError) as caught:
        HttpOptions.model_validate({"bearer": f"{SECRET}\n", "headers": {"X": Secret(f"{SECRET}\n")}})
    assert SECRET not in str(caught.value)


def test_defaults_for_probes_may_hold_secrets(tmp_path: Path) -> None:
    text = changed(("{icmp: 203.0.113.1}", "{http: 'http://a.example'}"))
    text += "defaults: {probes: {headers: {X-Key: {env: KEY}}, bearer: {env: KEY}}}\n"
    options = load_text_at(tmp_path, text, {"KEY": SECRET}).settings.circuits["lon-acme"].probes["pe"].options
    assert isinstance(options, HttpOptions)
    assert (options.headers, options.bearer) == ({"X-Key": Secret(SECRET)}, Secret(SECRET))


@pytest.mark.parametrize(
    ("keys", "is_good"),
    [
        ({"expect": {"status": 200, "body": "ok", "header": {"Server": {"regex": "^nginx"}}}}, True),
        ({"expect": {"status": [200, "3xx"], "not_body": ["a", {"regex": "b"}]}}, True),
        ({"headers": {"X-Key": {"env": "KEY"}, "X": "y"}, "follow": 3}, True),
        ({"expect": {"status": "ok"}}, False),
        ({"expect": {"body": {"regexp": "a"}}}, False),
        ({"headers": {"X": {"env": "A", "file": "b"}}}, False),
    ],
)
def test_the_schema_for_editors_knows_the_forms(keys: dict[str, object], is_good: bool) -> None:
    probe = {"http": "https://example.net/", **keys}
    circuit = {"carrier": "acme", "site": "lon-01", "probes": {"web": probe}}
    document = {"sites": {}, "circuits": {"lon-acme": circuit}}
    errors = [
        one for one in Draft202012Validator(file_schema()).iter_errors(document) if "web" in one.absolute_path
    ]
    assert (not errors) == is_good, json.dumps([one.message for one in errors])
