"""How long a configuration of 10,000 circuits takes to read, from YAML and from CSV with a kit."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config.load import load
from probes.clock import SystemClock
from tests.bench.table import Row

CIRCUITS = 10_000
TARGET_SECONDS = 5
HEAD = """\
site: lon-01
sites:
  lon-01: {timezone: Europe/London, reference: [{icmp: gateway, owner: ours}]}
carriers:
  acme: {name: Acme Telecom}
"""
ENTRY = """\
  {name}:
    carrier: acme
    carrier_id: IZ/{number}
    site: lon-01
    monthly_charge: 100.00 USD
    bandwidth: {{down: 100M, up: 100M}}
    labels: {{floor: "3"}}
    judged_by: {{availability: [pe]}}
    probes:
      pe: {{icmp: {address}}}
      web: {{tcp: "{address}:443", every: 30s}}
"""
TABLE = """\
kits:
  wan:
    pe: {icmp: "{pe}"}
    web: {tcp: "{pe}:443", every: 30s}
defaults: {circuits: {kit: wan, judged_by: {availability: [pe]}}}
circuits: {csv: circuits.csv}
"""
COLUMNS = "circuit,carrier,carrier_id,site,monthly_charge,bandwidth.down,bandwidth.up,labels.floor,pe\n"


def _address(number: int) -> str:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def _yaml(folder: Path) -> Path:
    path = folder / "yaml.yaml"
    entries = (ENTRY.format(name=f"c{n}", number=n, address=_address(n)) for n in range(CIRCUITS))
    path.write_text(f"{HEAD}circuits:\n{''.join(entries)}")
    return path


def _csv(folder: Path) -> Path:
    path = folder / "csv.yaml"
    path.write_text(HEAD + TABLE)
    rows = (f"c{n},acme,IZ/{n},lon-01,100.00 USD,100M,100M,3,{_address(n)}\n" for n in range(CIRCUITS))
    (folder / "circuits.csv").write_text(COLUMNS + "".join(rows))
    return path


def rows() -> Iterator[Row]:
    """Each form read once, and what goes over the pipe at a reload."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as name:
        for form, path in (("YAML", _yaml(Path(name))), ("CSV and a kit", _csv(Path(name)))):
            begun = clock.now()
            loaded = load(path, host="edge-1")
            seconds = (clock.now() - begun) / 1e9
            yield Row(f"config, {CIRCUITS:,} circuits from {form}", seconds, "s", at_most=TARGET_SECONDS)
    begun = clock.now()
    sent = pickle.dumps(loaded)
    pickle.loads(sent)
    yield Row(f"config, {CIRCUITS:,} circuits to another process", (clock.now() - begun) / 1e9, "s")
    yield Row(f"config, {CIRCUITS:,} circuits on the pipe", len(sent) / 1e6, "MB")
