"""The real daemon and the real command line, as an operator runs them."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from collector import csv_export
from collector.ledger.reader import SqliteReader
from tests.lab import Host
from tests.servers.processes import free_port

ROOT = Path(__file__).parents[2]
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 30
STOP_SECONDS = 5
QUICK_MS = 200
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="([^"]*)"')

Sample = tuple[str, frozenset[tuple[str, str]]]


class Daemon:
    """`linkledger run` on a host of the lab or on this one; killed at the end if it still runs."""

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any],
        host: Host | None = None,
        *,
        wrapper: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        module: str = "collector",
    ) -> None:
        """Write the configuration with a ledger and a port of its own; start nothing yet.

        `wrapper` is a command before the daemon's own (setpriv ...), `environ` comes on top of ours,
        `module` is what is run as `linkledger`.
        """
        self.folder, self.host = folder, host
        self.ledger = folder / "ledger.db"
        self.log = folder / "daemon.log"
        self.config = folder / "linkledger.yaml"
        self.port = free_port()
        self._wrapper = wrapper
        self._module = module
        self._environ = {**os.environ, **(environ or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.configure(config)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Write the configuration; one that runs takes it with `reload`."""
        own = {"ledger": {"path": str(self.ledger)}, "web": {"listen": f"127.0.0.1:{self.port}"}}
        self.ledger = Path(config.get("ledger", {}).get("path", self.ledger))
        merged = {**config, **{key: {**own[key], **config.get(key, {})} for key in own}}
        self.config.write_text(json.dumps(merged, indent=1))  # JSON is YAML

    def start(self) -> None:
        """Start it and return once it answers /-/healthy."""
        self.launch()
        self.until(lambda: self.get("/-/healthy") is not None, "it answers /-/healthy")

    def launch(self) -> None:
        """Start it and wait for nothing."""
        words = [*self._wrapper, sys.executable, "-m", self._module, "run", "-c", str(self.config)]
        with self.log.open("ab") as log, self._there():
            self._process = subprocess.Popen(words, stdout=log, stderr=log, cwd=ROOT, env=self._environ)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9: what a power cut looks like to it."""
        self._end(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to stop; fails unless it ends well within the 5 s that it may take."""
        code = self._end(how)
        assert code == 0, f"exit code {code} after {how.name}\n{self._tail()}"

    def exit_code(self) -> int:
        """Wait until it ends by itself."""
        assert self._process is not None
        code = self._process.wait(PATIENCE_SECONDS)
        self._process = None
        return code

    def send(self, how: signal.Signals) -> None:
        """A signal that is not meant to end it."""
        assert self._process is not None
        self._process.send_signal(how)

    def reload(self, config: Mapping[str, Any]) -> None:
        """Change the configuration, SIGHUP, and wait until it says that it took it."""
        before = self.said("config.loaded")
        self.configure(config)
        self.send(signal.SIGHUP)
        self.until(lambda: self.said("config.loaded") > before, "it took the new configuration")

    def said(self, words: str) -> int:
        """How many lines of its log hold `words`."""
        return sum(words in line for line in self.log.read_text(errors="replace").splitlines())

    def get(self, path: str) -> str | None:
        """The body of a 2xx answer of its web server, None while there is none."""
        code, body = self.ask(path)
        return body if 200 <= code < 300 else None

    def ask(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and body of its web server's answer; status 0 while nobody answers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        try:
            with self._there(), urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""

    def until_ready(self) -> None:
        """Wait until /-/ready says that nothing is wrong."""
        self.until(lambda: self.ask("/-/ready")[0] == 200, "it is ready")

    def until_troubled(self, *words: str) -> str:
        """Wait until /-/ready answers 503 with all of `words`; gives what it says."""

        def troubled() -> bool:
            code, body = self.ask("/-/ready")
            return code == 503 and all(word in body for word in words)

        self.until(troubled, f"/-/ready says {' ... '.join(words)}")
        return self.ask("/-/ready")[1]

    def metrics(self) -> dict[Sample, float]:
        """What /metrics says: (name, labels) to value."""
        lines = map(SAMPLE.match, (self.get("/metrics") or "").splitlines())
        return {(line[1], frozenset(LABEL.findall(line[2] or ""))): float(line[3]) for line in lines if line}

    def metric(self, name: str, **labels: str) -> float | None:
        """The one value of `name` whose labels include `labels`, None when it is absent."""
        wanted = labels.items()
        found = [v for (key, has), v in self.metrics().items() if key == name and wanted <= set(has)]
        assert len(found) <= 1, f"{name}{labels} is ambiguous: {found}"
        return found[0] if found else None

    def total(self, name: str) -> float:
        """The sum of `name` over all labels."""
        return sum(value for (key, _), value in self.metrics().items() if key == name)

    def status_of(self, circuit: str) -> str | None:
        """up, down or unknown, as /metrics says now."""
        for status in ("up", "down", "unknown"):
            if self.metric("linkledger_circuit_status", circuit=circuit, status=status) == 1:
                return status
        return None

    def until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until `condition` holds; fails with the log's end when it ends first or takes too long."""
        assert self._process is not None
        for _ in range(round(seconds / POLL_SECONDS)):
            if condition():
                return
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(POLL_SECONDS)
                raise AssertionError(f"the daemon ended with exit code {code}\n{self._tail()}")
        raise AssertionError(f"not so within {seconds:.0f} s: {what}\n{self._tail()}")

    def until_status(self, circuit: str, status: str) -> None:
        """Wait until /metrics says that the circuit is `status`."""
        self.until(lambda: self.status_of(circuit) == status, f"{circuit} is {status}")

    def command(self, *words: str) -> str:
        """What `linkledger WORDS -c CONFIG` prints on stdout."""
        with self._there():
            done = subprocess.run(
                [sys.executable, "-m", "collector", *words, "-c", str(self.config)],
                capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
            )  # fmt: skip
        assert done.returncode == 0, f"{words}: exit code {done.returncode}\n{done.stderr}"
        return done.stdout

    def export(self) -> list[dict[str, str]]:
        """Every round that `linkledger export` shows, a row each."""
        return list(csv.DictReader(io.StringIO(self.command("export", "--format", "csv"))))

    def kept(self) -> list[dict[str, str]]:
        """The same rows without the command, which takes a second."""
        with SqliteReader(self.ledger) as reader:
            parts = [csv_export.lines(series, rounds) for series, rounds in reader.iter_rounds()]
        return list(csv.DictReader(io.StringIO(csv_export.header() + "".join(parts))))

    def _there(self) -> Any:  # noqa: ANN401 - one of two context managers
        return self.host.enter() if self.host else nullcontext()

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"runs {STOP_SECONDS} s after {how.name}\n{self._tail()}") from error
        finally:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    @contextmanager
    def launched(self) -> Iterator[Self]:
        """Started for the length of a block, without waiting for its web server."""
        self.launch()
        try:
            yield self
        finally:
            if self._process is not None:
                self.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()


def quick(address: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """A probe with five rounds a second, for a test that only waits for rounds."""
    return {"icmp": address, "every": f"{QUICK_MS}ms", "packets": 2, "timeout": f"{QUICK_MS}ms", **options}


def icmp(address: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """A probe of ten packets a second, quick enough for a test."""
    return {"icmp": address, "every": "1s", "packets": 10, "timeout": "500ms", **options}


def site(*references: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a configuration that every test has; without `references` none is needed."""
    return {
        "site": "lab",
        "sites": {"lab": {"timezone": "UTC", "reference": list(references) or "none"}},
        "carriers": {"acme": {"name": "Acme Telecom"}, "beta": {"name": "Beta Net"}},
    }


def circuit(probe: Mapping[str, Any], carrier: str = "acme", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A circuit at the test's site, judged by one probe called `far`."""
    return {"carrier": carrier, "site": "lab", "probes": {"far": dict(probe)}, **more}
