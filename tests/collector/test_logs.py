"""Log lines."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from collector import logs
from probes.values import Secret


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Undo what `configure` does to the process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # pytest's own stay open
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_is_no_terminal_gets_a_json_object_a_line() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    structlog.get_logger().info("outage.opened", circuit="lon-acme", cause="ключ")
    [line] = lines(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("timestamp"))
    assert line == {"event": "outage.opened", "level": "info", "circuit": "lon-acme", "cause": "ключ"}


def test_what_a_library_logs_has_the_same_shape() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    logging.getLogger("asyncio").warning("slow %s", "callback", extra={"seconds": 2})
    [line] = lines(stream)
    assert line.pop("timestamp")
    assert line == {"event": "slow callback", "level": "warning", "logger": "asyncio", "seconds": 2}


@pytest.mark.parametrize("json_lines", [True, False])
def test_no_secret_is_printed(json_lines: bool) -> None:
    stream = io.StringIO()
    logs.configure(stream, json=json_lines)
    structlog.get_logger().warning("held", token=Secret("hunter2"), all=[Secret("hunter2")])
    assert "hunter2" not in stream.getvalue()
    assert stream.getvalue().count("***") == 2


def fail() -> None:
    password = "hunter" + str(2)
    raise RuntimeError("the store said no", len(password))


@pytest.mark.parametrize("json_lines", [True, False])
def test_an_exception_comes_without_the_local_variables_of_its_frames(json_lines: bool) -> None:
    stream = io.StringIO()
    logs.configure(stream, json=json_lines)
    try:
        fail()
    except RuntimeError:
        structlog.get_logger().exception("output.failed")
    text = stream.getvalue()
    assert "the store said no" in text
    assert "test_logs.py" in text
    assert "hunter2" not in text
    if json_lines:
        [line] = lines(stream)
        assert line["exception"][0]["exc_type"] == "RuntimeError"


def test_below_the_level_nothing_is_written() -> None:
    stream = io.StringIO()
    logs.configure(stream, level="warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("asyncio").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_configuring_again_replaces_the_stream() -> None:
    first, second = io.StringIO(), io.StringIO()
    logs.configure(first)
    logs.configure(second)
    structlog.get_logger().info("once")
    assert (first.getvalue(), len(lines(second))) == ("", 1)


def test_a_terminal_gets_colours() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w") as terminal:
        logs.configure(terminal)
        structlog.get_logger().warning("web.listening", url="http://localhost")
        terminal.flush()
        text = screen.read(4096).decode()
    assert "\x1b[" in text
    assert "web.listening" in text


@pytest.mark.parametrize(("level", "prefix"), [("error", "<3>{"), ("warning", "<4>{"), ("info", "<6>{")])
def test_the_journal_is_told_each_lines_level(tmp_path: Path, level: str, prefix: str) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        status = os.fstat(stream.fileno())
        logs.configure(stream, environ={"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        getattr(structlog.get_logger(), level)("something")
        stream.seek(0)
        assert stream.read().startswith(prefix)


def test_a_file_is_no_journal_though_the_journal_is_elsewhere(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+") as stream:
        logs.configure(stream, environ={"JOURNAL_STREAM": "1:2"})
        structlog.get_logger().info("something")
        stream.seek(0)
        assert json.loads(stream.read())["event"] == "something"
