"""The house rules of CONTRIBUTING.md, read from the source: arrows, purity, sizes, homes."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("probes", "config", "collector")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60

ARROWS = {
    "probes": {"probes"},
    "config": {"probes", "config"},
    "collector": {"probes", "config", "collector"},
}
"""Which of our packages each may import."""

STRANGERS = ("collector.outputs", "collector.web", "collector.reports")
"""Consumers of the ledger that know nothing of each other."""

ROOMS = ("forecasts", "nightly", "kpis", "scorecards", "cycle", "advice", "review")
"""The rooms of collector/performance: each uses those before it alone. A night keeps the forecasts, key
figures are read as the night reads, goals and terms out of key figures, advice and reviews out of all."""

ROOTS = (
    *("collector.app", "collector.measuring", "collector.serving", "collector.feeding", "collector.board"),
    *("collector.notices.lookout", "collector.notices.telling", "collector.sla_watch", "collector.reporting"),
    *("collector.daemon", "collector.demo.serving", "collector.shown", "collector.cli"),
    "collector.kpi_watch",
)
"""Who may put parts together: the composition root with the pieces that it was cut into, what keeps it
alive, and the commands that do without a daemon."""

PURE = (
    "collector/sla/",
    "collector/wording/",
    "collector/rules/",
    "collector/ticket_loss.py",
    "collector/analysis/",
    "collector/blame.py",
    "collector/circuits.py",
    *(f"collector/notices/{name}.py" for name in ("notice", "incidents", "briefing", "ticket_text")),
    "collector/outages.py",
    "collector/schedule.py",
    "collector/ledger/bins.py",
    "collector/ledger/chunks.py",
    "collector/outputs/line_protocol.py",
    "collector/outputs/line_text.py",
    "collector/outputs/wording.py",
    "collector/outputs/sample_lines.py",
    "probes/dns/expect.py",
    "probes/dns/wire.py",
    "probes/http/expectations.py",
    "probes/http/request.py",
    "probes/icmp/wire.py",
    *(f"probes/snmp/{name}.py" for name in ("ber", "counters", "custom", "interfaces", "message")),
    "probes/path/marks.py",
    "probes/path/report.py",
    "probes/path/trace.py",
    "probes/path/wire.py",
)
"""Where functions decide and nothing is executed."""

IMPURE = {
    *("aiohttp", "asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "random"),
    *("secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "structlog"),
    *("subprocess", "tempfile", "threading", "time", "urllib"),
    *("collector.ledger.ledger", "collector.runner", "collector.outputs.worker"),
}
"""What reaches outside a function's arguments: files, sockets, clocks, threads, logs."""

HARMLESS = {("probes/icmp/wire.py", "socket"): "address families and inet_ntop, no socket"}
"""An impure module imported for what is pure in it, and what that is."""

SUPERVISED = {
    "collector/runner.py": "a probe that raises must not stop the others",
    "collector/outputs/worker.py": "an output that raises must not stop the others",
}
"""The two places that may catch everything; each counts and logs what it caught."""

HOMES = {
    "aiohttp": ("collector/web/", "collector/outputs/"),
    "aiosmtplib": ("collector/mailing.py",),
    "bcrypt": ("collector/web/",),
    "click": ("collector/cli/", "collector/__main__.py"),
    "cryptography": ("probes/",),
    "dns": ("probes/dns/",),
    "h11": ("probes/http/",),
    "holidays": ("config/public_holidays.py",),
    "icalendar": ("collector/notebook/",),
    "icmplib": ("probes/icmp/",),
    "influxdb_client": ("collector/outputs/",),
    "jinja2": ("collector/web/", "collector/claiming/letter.py", "collector/reports/"),
    "prometheus_client": ("collector/web/",),
    "pysnmp": ("probes/snmp/",),
    "rich": ("collector/cli/",),
    # the ledger; and jobs that ride on its transactions, which are handed a Connection
    "sqlite3": (
        *("collector/ledger/", "collector/judge.py", "collector/feeding.py"),
        *("collector/claiming/submitting.py", "collector/demo/", "collector/shown.py"),
        *("collector/cli/status.py", "collector/about.py", "collector/cli/output.py"),
    ),
    "weasyprint": ("collector/reports/pdf_writer.py",),
    # our configuration; the web-config file, whose format is Prometheus's; and the rules for it
    "yaml": ("config/", "collector/web/webconfig.py", "collector/rules/files.py"),
    "zstandard": ("collector/ledger/",),
}
"""Where each dependency is imported, so that it can be replaced there."""

EVERYWHERE = {
    "numpy": "columns of numbers are part of our own interfaces",
    "pydantic": "options and settings are its models",
    "structlog": "every module logs by its own name",
    "tzdata": "data that zoneinfo reads, no import",
}
"""Dependencies that are a vocabulary rather than a service."""


class Module(NamedTuple):
    """One source file of the product, parsed."""

    path: str
    name: str
    lines: int
    tree: ast.Module

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of all that is imported, also inside functions and for types alone."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.lineno, node.module
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the three packages."""
    found = []
    for path in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        text, relative = path.read_text(), path.relative_to(ROOT)
        name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
        found.append(Module(str(relative), name, len(text.splitlines()), ast.parse(text)))
    return tuple(found)


def within(name: str, package: str) -> bool:
    """Whether a dotted name is the package or something in it."""
    return name == package or name.startswith(f"{package}.")


def test_imports_go_one_way() -> None:
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        if (top := name.partition(".")[0]) in PACKAGES and top not in ARROWS[module.name.partition(".")[0]]
    ]
    assert wrong == []


def test_outputs_web_and_reports_never_import_each_other() -> None:
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        for home in STRANGERS
        for other in STRANGERS
        if home != other and within(module.name, home) and within(name, other)
    ]
    assert wrong == []


def test_each_room_of_performance_uses_those_before_it() -> None:
    home = "collector.performance."
    assert {path.name for path in (ROOT / "collector/performance").glob("[!_]*")} == set(ROOMS)
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.name.startswith(home)
        for line, name in module.imports()
        if name.startswith(home) and ROOMS.index(name.split(".")[2]) > ROOMS.index(module.name.split(".")[2])
    ]
    assert wrong == []


def test_only_the_composition_root_puts_parts_together() -> None:
    parts = (*STRANGERS, "collector.app")
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        for part in parts
        if within(name, part)
        and not within(module.name, part)
        and not any(within(module.name, root) for root in ROOTS)
    ]
    assert wrong == []


def test_what_decides_executes_nothing() -> None:
    pure = [module for module in modules() if module.path.startswith(PURE)]
    imports = [
        f"{module.path}:{line} imports {name}"
        for module in pure
        for line, name in module.imports()
        if any(within(name, outside) for outside in IMPURE) and (module.path, name) not in HARMLESS
    ]
    acts = [
        f"{module.path}:{node.lineno} is async or opens a file"
        for module in pure
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"open", "print"}
        )
    ]
    assert imports + acts == []


def test_modules_are_short_enough_to_read() -> None:
    assert [f"{m.path}: {m.lines} lines" for m in modules() if m.lines > LONGEST_MODULE] == []


def test_functions_are_short_enough_to_read() -> None:
    wrong = [
        f"{module.path}:{node.lineno} {node.name}: {length} lines"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert wrong == []


def broad(node: ast.AST) -> bool:
    """Whether a node catches or suppresses everything."""
    if isinstance(node, ast.ExceptHandler):
        caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"suppress", "contextlib.suppress"}:
        caught = list(node.args)
    else:
        return False
    return any(one is None or ast.unparse(one) in {"Exception", "BaseException"} for one in caught)


def test_everything_is_caught_at_the_two_supervision_points_only() -> None:
    found = [
        (module.path, node.lineno)
        for module in modules()
        for node in ast.walk(module.tree)
        if broad(node) and isinstance(node, ast.ExceptHandler | ast.Call)
    ]
    assert [f"{path}:{line}" for path, line in found if path not in SUPERVISED] == []
    for path, reason in SUPERVISED.items():
        assert sum(path == one for one, _ in found) <= 1, f"{path} needs one place: {reason}"


@pytest.mark.parametrize("dependency", HOMES)
def test_a_dependency_is_imported_at_its_home_only(dependency: str) -> None:
    places = {
        f"{module.path}:{line}"
        for module in modules()
        for line, name in module.imports()
        if within(name, dependency)
    }
    assert [place for place in sorted(places) if not place.startswith(HOMES[dependency])] == []
    assert places, f"{dependency} is imported nowhere: drop it"


def test_every_dependency_has_its_home_or_a_reason_for_none() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[\[<>=~! ]", line)[0].replace("-", "_") for line in lines}
    distributions = {"pyyaml": "yaml", "dnspython": "dns"}
    assert {distributions.get(name, name) for name in names} == {*HOMES, *EVERYWHERE} - {"sqlite3"}


def test_nothing_undeclared_is_imported() -> None:
    known = {*HOMES, *EVERYWHERE, *PACKAGES, *sys.stdlib_module_names}
    known |= {"pydantic_core", "markupsafe"}  # pydantic's and jinja2's own other halves
    wrong = {
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        if name.partition(".")[0] not in known
    }
    assert sorted(wrong) == []
