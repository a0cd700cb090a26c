"""Secrets: found where they lie, and never shown."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli.check import check_command
from config.errors import ConfigErrors
from config.load import load
from config.outputs import InfluxdbOutput, OutputSettings
from config.settings import Settings
from tests.config.estate import GOOD, HOST, changed, load_text_at, problems_of, texts

SECRET = "hunter2-hunter2"
OUTPUT = "outputs: {{influxdb: {{a: {{url: 'http://127.0.0.1:8086', api: v3, token: {}}}}}}}\n"


def with_token(token: str) -> str:
    """The good file with an output that has this token."""
    return GOOD + OUTPUT.format(token)


def token_of(settings: Settings) -> str:
    """The token of the output `a`."""
    token = settings.outputs.influxdb["a"].token
    assert token is not None
    return token.reveal()


def test_a_secret_comes_from_the_environment_a_file_or_systemd(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n")
    for written, environ in (
        ("{env: TOKEN}", {"TOKEN": SECRET}),
        ("{file: token}", {}),
        (f"{{file: {tmp_path}/token}}", {}),
        ("{credential: token}", {"CREDENTIALS_DIRECTORY": str(tmp_path)}),
        (SECRET, {}),
    ):
        assert token_of(load_text_at(tmp_path, with_token(written), environ).settings) == SECRET


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{env: TOKEN}", "the environment variable TOKEN is not set, or empty"),
        ("{file: nowhere}", "/nowhere: there is no such file"),
        ("{file: empty}", "/empty: is empty"),
        ("{file: .}", "is a directory, not a file"),
        ("{credential: token}", "$CREDENTIALS_DIRECTORY is not set"),
        ("{env: A, file: b}", "must be {env: NAME}, {file: PATH}, {credential: NAME} or text"),
        ("{env: }", "must be {env: NAME}, {file: PATH}, {credential: NAME} or text"),
        ("true", "must be {env: NAME}, {file: PATH}, {credential: NAME} or text"),
    ],
)
def test_a_secret_that_cannot_be_had_is_an_error_at_its_place(
    tmp_path: Path, written: str, said: str
) -> None:
    (tmp_path / "empty").write_text("\n")
    [problem] = problems_of(tmp_path, with_token(written))
    assert (problem.line, problem.path, problem.is_error) == (28, "outputs.influxdb.a.token", True)
    assert said in problem.text


def test_a_credential_is_a_name_and_no_path(tmp_path: Path) -> None:
    [problem] = problems_of(
        tmp_path, with_token("{credential: ../token}"), {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    )
    assert "holds no slash" in problem.text


def test_for_those_who_need_no_secret_an_absent_one_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(with_token("{env: TOKEN}"))
    loaded = load(path, host=HOST, environ={}, need_secrets=False)
    assert [one.is_error for one in loaded.warnings] == [False]
    assert token_of(loaded.settings) == ""


def test_a_secret_in_plain_is_a_warning_that_does_not_show_it(tmp_path: Path) -> None:
    [problem] = texts(problems_of(tmp_path, with_token(SECRET)))
    assert problem == (
        "28:72: warning: outputs.influxdb.a.token: a secret in plain: anyone who can read this file has it; "
        "use {file: PATH} or {env: NAME}"
    )


def test_the_kept_text_has_every_file_and_no_secret_in_plain(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(
        "# é\ncredentials: {core: {version: 3, auth: {sha256: 'hunter2-hunter2'}, user: poller}}\n"
    )
    text = "include: [more.yaml]\n" + with_token(SECRET)
    loaded = load_text_at(tmp_path, text)
    assert SECRET not in loaded.text
    assert "token: '***'" in loaded.text
    assert "auth: {sha256: '***'}, user: poller" in loaded.text
    assert [line for line in loaded.text.splitlines() if line.startswith("# /")] == [
        f"# {tmp_path}/linkledger.yaml",
        f"# {tmp_path}/more.yaml",
    ]
    assert loaded.text.replace("'***'", SECRET).count(SECRET) == 2


MAIL = {"server": "127.0.0.1:25", "from": "a@lab.example", "to": ["b@lab.example"]}
MISTAKES = [
    with_token(SECRET).replace("api: v3", "api: v9"),
    with_token(SECRET).replace("token:", "tokn:"),
    with_token(f"[{SECRET}]"),
    with_token(f"{{env: X, {SECRET}: 1}}"),
    with_token("{file: token}").replace("api: v3, ", ""),
    with_token(f"'{SECRET}"),
    with_token(SECRET).replace("http://", f"http://ops:{SECRET}@"),
    with_token(SECRET).replace("'http://127.0.0.1:8086'", f"'{SECRET}'"),
    GOOD + f"credentials: {{core: {{auth: {{sha256: {SECRET}}}, privacy: {{aes128: {SECRET}}}}}}}\n",
    GOOD + f"credentials: {{core: [{SECRET}, {{key: {SECRET}}}]}}\n",
    GOOD + f"outputs: {{alertmanager: {{a: {{url: 'http://u:{SECRET}@127.0.0.1', password: {SECRET}}}}}}}\n",
    with_token(SECRET),
    with_token("{file: token}"),
    with_token("{env: TOKEN}"),
]


@pytest.mark.parametrize("text", MISTAKES)
def test_no_secret_is_ever_shown_by_anything(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    (tmp_path / "token").write_text(SECRET)
    path = tmp_path / "linkledger.yaml"
    path.write_text(text)
    shown = []
    for arguments in ([], ["--json"], ["-v"]):
        done = CliRunner().invoke(check_command, [str(path), "--site", "lon-01", *arguments])
        shown += [done.stdout, done.stderr, repr(done.exception)]
    try:
        loaded = load(path, host=HOST)
        settings = loaded.settings
        shown += [repr(loaded), str(settings), loaded.text, settings.digest, settings.model_dump_json()]
        shown += [
            repr(settings.outputs),
            json.dumps(settings.model_dump(mode="json")),
            f"{settings.outputs!s}",
        ]
    except ConfigErrors as errors:
        shown += [str(errors), repr(errors), repr(errors.problems)]
    assert SECRET not in "\n".join(shown)


def test_a_secret_survives_pickling_for_the_process_that_needs_it(tmp_path: Path) -> None:
    loaded = load_text_at(tmp_path, with_token("{env: TOKEN}"), {"TOKEN": SECRET})
    assert token_of(pickle.loads(pickle.dumps(loaded)).settings) == SECRET


def test_a_model_that_refuses_shows_no_value() -> None:
    with pytest.raises(ValueError, match="url") as refused:
        InfluxdbOutput.model_validate({"url": f"ftp://{SECRET}", "api": "v1"})
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(OutputSettings.model_validate({"mail": {"a": {**MAIL, "password": SECRET}}}))


def test_a_url_with_a_password_is_refused(tmp_path: Path) -> None:
    text = changed(("http://", f"http://u:{SECRET}@"), text=with_token("{file: token}"))
    (tmp_path / "token").write_text(SECRET)
    assert [one.text for one in problems_of(tmp_path, text)] == [
        "holds a user or a password: these have keys of their own"
    ]
