"""What the commands of `linkledger note` do: read what was given against the configuration, and write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import click

from collector.authors import login
from collector.claiming.refusal import check_move
from collector.cli.common import UNREACHABLE, USAGE, fail, print_json
from collector.clocks import clock_of
from collector.ledger.errors import LedgerError
from collector.ledger.notes import NoteError, record, withdraw
from collector.ledger.opening import editing, reading
from collector.ledger.reader import SqliteReader
from collector.notebook.announcement import (
    MOST_BYTES,
    Announced,
    AnnouncementError,
    read_announcement,
)
from collector.notebook.bodies import ClaimBody, made
from collector.notebook.book import Notebook
from collector.notebook.listing import says
from collector.notebook.naming import check_key, check_metric, check_period
from collector.notebook.words import spoken_moment
from collector.sla.calendar import local_day, rfc3339
from config.errors import ConfigErrors, nearest
from config.light import find_config
from config.load import load
from config.settings import Settings

MOMENTS = ("opened", "closed", "reported", "acknowledged", "notified", "repair_started", "outage")
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """The configuration, the ledger, who writes and when."""

    settings: Settings
    author: str
    now_ms: int
    as_json: bool
    verbose: int

    @classmethod
    def open(cls, config: Path | None, *, as_json: bool, verbose: int) -> Self:
        """The desk of this command; leaves with what is wrong of the configuration."""
        try:
            path = find_config(config)
            if path is None:
                fail(USAGE, "there is no configuration, and so no circuit: write one with `linkledger init`")
            settings = load(path, need_secrets=False).settings
        except ConfigErrors as errors:
            fail(USAGE, f"the configuration can't be used:\n{errors}")
        except ValueError as error:
            fail(USAGE, str(error))
        return cls(settings, login(), clock_of(settings).now().wall_ms, as_json, verbose)

    # --- the commands

    def ticket(self, circuits: Sequence[str], number: str, given: Given) -> None:
        """Write a ticket, or what is new of one."""
        self._known(circuits=circuits)
        carrier = given["carrier"] or self._carrier_of(circuits) or self._carrier_of_ticket(number)
        self._known(carriers=[carrier] if carrier else [])
        known = self._tickets(number)
        zone = self._zone(circuits or [name for one in known if one[0] == carrier for name in one[1]])
        values = {
            "id": number,
            "carrier": carrier,
            "circuits": tuple(circuits),
            "dispatched": given["dispatched"],
            "holds": tuple(self._hold(text, zone) for text in given["holds"]),
            **{name: self._moment(name, given.get(name), zone) for name in MOMENTS},
        }
        self._write("ticket", values, given)

    def maintenance(self, file: Path | None, given: Given) -> None:
        """Write announced work, or what a file announces."""
        zone = self._concern(given)
        if file is None:
            self._write("maintenance", self._window(given, zone) | self._how(given), given)
            return
        try:
            with file.open("rb") as opened:
                found = read_announcement(opened.read(MOST_BYTES + 1), zone)
        except OSError as error:
            fail(USAGE, f"{file}: can't be read: {error.strerror}")
        except AnnouncementError as error:
            fail(USAGE, f"{file}: {error}")
        for one in found:
            self._announced(file, one, given, zone)

    def exclude(self, given: Given) -> None:
        """Write an exclusion."""
        zone = self._concern(given)
        self._known_exclusion(given["kind"])
        self._write(
            "exclude", self._window(given, zone) | {"kind": given["kind"], "state": given["state"]}, given
        )

    def carrier(self, given: Given) -> None:
        """Write what the carrier says."""
        self._known(circuits=given["circuits"], carriers=[given["carrier"]])
        zone = self._zone(given["circuits"])
        holds = [_pair(text, "MINUTES=WHY") for text in given["holds"]]
        values = {
            **{name: given[name] for name in ("carrier", "circuits", "ticket", "cause", "period")},
            **{name: self._moment(name, given.get(name), zone) for name in ("from", "to", "outage")},
            "holds": tuple({"minutes": minutes, "reason": why} for minutes, why in holds),
            "figures": dict(map(_figure, given["figures"])),
        }
        self._write("carrier", values, given)

    def feedback(self, given: Given) -> None:
        """Write how it went for somebody."""
        site, circuit = given["site"], given["circuit"]
        self._known(sites=[site], circuits=[circuit] if circuit else [])
        if circuit and self.settings.circuits[circuit].site != site:
            fail(USAGE, f"{circuit} is at {self.settings.circuits[circuit].site}, not at {site}")
        at_ms = self._moment("at", given["at"], self._zone((), [site]))
        if at_ms is not None and at_ms > self.now_ms:
            fail(USAGE, f"--at {rfc3339(at_ms)} is yet to come")
        names = ("site", "circuit", "score", "text")
        values = {name: given[name] for name in names} | {"at": at_ms, "from": given["who"]}
        self._write("feedback", values, given)

    def claim(self, given: Given) -> None:
        """Write a claim's new state."""
        self._known(circuits=given["circuits"], carriers=[given["carrier"]])
        step = {"what": given["what"], "owner": given["owner"], "by": given["by"]}
        if any(step.values()) and not all(step.values()):
            fail(
                USAGE,
                "a next step needs what is to be done, who does it and until when: --next, --owner, --by",
            )
        names = ("carrier", "period", "circuits", "state", "amount", "reference", "reason_code")
        values = {name: given[name] for name in names}
        revisions = tuple(_revision(text) for text in given["statements"])
        more = {"next_step": step if all(step.values()) else None, "revisions": revisions}
        self._write("claim", values | more, given)

    def managed(self, kind: str, given: Given) -> None:
        """Write a goal, an action, a review, a practice, or that a recommendation is put aside."""
        circuits, carrier = given.get("circuits", ()), given.get("carrier")
        self._known(circuits=circuits, carriers=[carrier] if carrier else [])
        here = self.settings.sites.get(self.settings.site)
        zone = self._zone(circuits) or (here.timezone if here else None)
        times = {name: self._moment(name, given[name], zone) for name in ("held", "done") if name in given}
        for name, at_ms in times.items():
            if at_ms is not None and at_ms > self.now_ms:
                fail(USAGE, f"--{name} {rfc3339(at_ms)} is yet to come")
        try:
            day = local_day(self.now_ms, zone or "UTC")
            check_metric(self.settings, given.get("metric"), given.get("target"), day)
        except ValueError as error:
            fail(USAGE, f"--{error}")
        try:
            check_period(given.get("period"))
            check_key(given.get("key") or given.get("recommendation"))
        except ValueError as error:
            fail(USAGE, str(error))
        common = {"reason", "external_id", "replaces", *times}
        self._write(kind, {name: one for name, one in given.items() if name not in common} | times, given)

    def withdraw(self, number: int, reason: str) -> None:
        """Take a note back."""
        if not reason.strip():
            fail(USAGE, "--reason: say why")
        try:
            with editing(self.settings.ledger.path) as connection:
                written = withdraw(connection, number, at_ms=self.now_ms, author=self.author, reason=reason)
        except NoteError as error:
            fail(USAGE, str(error))
        except LedgerError as error:
            fail(UNREACHABLE, str(error))
        self._tell(written, f"note {number} is withdrawn", repeated=False)

    # --- writing

    def _announced(self, file: Path, one: Announced, given: Given, zone: str | None) -> None:
        if one.cancelled:
            earlier = self._noted(one.uid)
            fail(USAGE, f"{file}: {one.summary!r} is cancelled: "
                 + (f"withdraw note {earlier}" if earlier else "no note was written of it"))  # fmt: skip
        told = {
            "from": rfc3339(one.start_ms),
            "to": rfc3339(one.end_ms),
            "announced": None if one.announced_ms is None else rfc3339(one.announced_ms),
        }
        said = {name: value for name, value in self._times(given, zone).items() if value is not None}
        values = {**_lists(given), **told, **said, **self._how(given)}
        if values["announced"] is None:
            click.echo(
                f"{file}: doesn't say when it was announced: give --announced, or it counts as never",
                err=True,
            )
        more = {
            "reason": given["reason"] or one.summary,
            "external_id": given["external_id"] or one.uid or None,
        }
        self._write("maintenance", values, {**given, **more})

    def _noted(self, uid: str) -> int | None:
        return next(
            (one.id for one, body in self.notebook().maintenance if uid and body.external_id == uid), None
        )

    def _write(self, kind: str, values: Mapping[str, Any], given: Given) -> None:
        try:
            common = {"reason": given["reason"], "external_id": given["external_id"]}
            body = made(kind, {**values, **common})
            with editing(self.settings.ledger.path) as connection:
                if isinstance(body, ClaimBody):
                    check_move(
                        self.settings,
                        SqliteReader.over(connection),
                        body,
                        now_ms=self.now_ms,
                        replaces=given["replaces"],
                    )
                done = record(
                    connection, body, at_ms=self.now_ms, author=self.author, replaces=given["replaces"]
                )
        except LedgerError as error:
            fail(UNREACHABLE, str(error))
        except ValueError as error:
            fail(USAGE, _as_options(str(error)))
        self._tell(done.id, says(body), repeated=done.repeated)

    def _tell(self, number: int, told: str, *, repeated: bool) -> None:
        if self.as_json:
            print_json({"note": number, "repeated": repeated, "author": self.author})
            return
        again = " was written before, and stands as it was" if repeated else f": {told}"
        click.echo(f"note {number}{again}")
        if self.verbose:
            click.echo(f"by {self.author}, in {self.settings.ledger.path}", err=True)

    # --- reading what was given

    def _concern(self, given: Given) -> str | None:
        carrier = given["carrier"]
        self._known(circuits=given["circuits"], sites=given["sites"], carriers=[carrier] if carrier else [])
        if not (given["circuits"] or given["sites"] or carrier):
            fail(USAGE, "whom does it concern? Give --circuit, --site or --carrier")
        return self._zone(given["circuits"], given["sites"])

    def _window(self, given: Given, zone: str | None) -> dict[str, Any]:
        for name in ("from", "to"):
            if not given[name]:
                fail(
                    USAGE, f"--{name} is missing: a time such as 2026-04-03T10:15:00Z, or '2026-04-03 10:15'"
                )
        return _lists(given) | self._times(given, zone)

    def _times(self, given: Given, zone: str | None) -> dict[str, Any]:
        return {name: self._moment(name, given.get(name), zone) for name in ("from", "to", "announced")}

    def _how(self, given: Given) -> dict[str, Any]:
        return {"kind": "emergency" if given["emergency"] else "scheduled"}

    def _moment(self, name: str, text: str | None, zone: str | None) -> int | None:
        if text is None:
            return None
        try:
            return spoken_moment(text, self.now_ms, zone)
        except ValueError as error:
            fail(USAGE, f"--{name.replace('_', '-')}: {error}")

    def _hold(self, text: str, zone: str | None) -> dict[str, Any]:
        span, why = _pair(text, "FROM..TO=WHY")
        begin, dots, end = span.partition("..")
        if not dots:
            fail(USAGE, f"--hold {text!r}: write FROM..TO=WHY, such as 11:00..11:30 with their dates")
        return {
            "from": self._moment("hold", begin, zone),
            "to": self._moment("hold", end, zone),
            "reason": why,
        }

    def _zone(self, circuits: Iterable[str], sites: Iterable[str] = ()) -> str | None:
        """The one zone of all that is named; None where there are several, or none is named."""
        places = {
            *sites,
            *(self.settings.circuits[name].site for name in circuits if name in self.settings.circuits),
        }
        zones = {self.settings.sites[place].timezone for place in places}
        return zones.pop() if len(zones) == 1 else None

    def check_known(self, circuits: Iterable[str] = (), carriers: Iterable[str] = ()) -> None:
        """Leave where something isn't in the configuration, and say what comes nearest."""
        self._known(circuits=circuits, carriers=carriers)

    def _known(
        self, circuits: Iterable[str] = (), sites: Iterable[str] = (), carriers: Iterable[str] = ()
    ) -> None:
        """Leave where something isn't in the configuration, and say what comes nearest."""
        known: dict[str, tuple[Iterable[str], Mapping[str, object]]] = {
            "circuit": (circuits, self.settings.circuits),
            "site": (sites, self.settings.sites),
            "carrier": (carriers, self.settings.carriers),
        }
        for what, (names, there) in known.items():
            for name in names:
                if name not in there:
                    fail(USAGE, f"the configuration has no {what} {name!r}: {nearest(name, there)}")

    def _known_exclusion(self, kind: str) -> None:
        """Say so where no contract judges the kind: it would be downtime."""
        keys = {
            key
            for contract in self.settings.contracts.values()
            for terms in (contract, *(contract.versions or ()))
            for key in (terms.exclude.model_extra or () if terms.exclude else ())
        }
        if kind not in keys:
            click.echo(f"no contract has {kind!r} under `exclude`, so it will count as downtime: "
                       f"{nearest(kind, keys)}", err=True)  # fmt: skip

    def _carrier_of(self, circuits: Sequence[str]) -> str | None:
        found = {
            self.settings.circuits[name].on(local_day(self.now_ms, self._zone([name]) or "UTC")).carrier
            for name in circuits
        }
        if len(found) > 1:
            fail(
                USAGE,
                f"these circuits are of {' and '.join(sorted(found))}: say whose ticket it is, --carrier",
            )
        return next(iter(found), None)

    def _carrier_of_ticket(self, number: str) -> str | None:
        found = {carrier for carrier, _ in self._tickets(number)}
        if len(found) > 1:
            fail(USAGE, f"{' and '.join(sorted(found))} have a ticket {number!r}: say whose it is, --carrier")
        return next(iter(found), None) or None

    def _tickets(self, number: str) -> list[tuple[str, tuple[str, ...]]]:
        tickets = self.notebook().tickets.values()
        return [(one.carrier, one.circuits) for one in tickets if one.said.id == number]

    def notebook(self) -> Notebook:
        """All notes that there are."""
        path = self.settings.ledger.path
        try:
            with reading(path), SqliteReader(path) as reader:
                return Notebook(reader.notes())
        except LedgerError as error:
            fail(UNREACHABLE, str(error))


def _lists(given: Given) -> dict[str, Any]:
    return {name: given[name] for name in ("circuits", "sites", "carrier")}


def _pair(text: str, form: str) -> tuple[str, str]:
    before, equals, after = text.partition("=")
    if not (before.strip() and equals and after.strip()):
        fail(USAGE, f"{text!r}: write {form}")
    return before.strip(), after.strip()


def _figure(text: str) -> tuple[str, str]:
    name, number = _pair(text, "NAME=NUMBER")
    if not re.fullmatch(r"-?\d+(\.\d+)?", number, re.ASCII):
        fail(USAGE, f"--figure {text!r}: {number!r} is not a number such as 99.95")
    return name, number


def _revision(text: str) -> dict[str, Any]:
    scope, _, rest = text.partition("/")
    contract, _, number = rest.rpartition("/")
    if not (scope and contract and number.isdecimal()):
        fail(USAGE, f"--statement {text!r}: write SCOPE/CONTRACT/REVISION, such as lon-acme/acme-dia-gold/1")
    return {"scope": scope, "contract": contract, "revision": int(number)}


def _as_options(text: str) -> str:
    """A model's sentence in the words of the command line."""
    return text.replace("(`reason`)", "(--reason)")
