"""All files of `linkledger dashboards`, as text by their path. Equal input gives equal bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from collector.dashboards.as_json import as_json
from collector.dashboards.influxql.carrier import carrier as influxql_carrier
from collector.dashboards.influxql.circuit import circuit as influxql_circuit
from collector.dashboards.influxql.claims import claims as influxql_claims
from collector.dashboards.influxql.estate import estate as influxql_estate
from collector.dashboards.influxql.itself import itself as influxql_itself
from collector.dashboards.model import GENERIC, Dashboard, Language, Names
from collector.dashboards.promql.carrier import carrier
from collector.dashboards.promql.circuit import circuit
from collector.dashboards.promql.claims import claims
from collector.dashboards.promql.estate import estate
from collector.dashboards.promql.itself import itself
from collector.dashboards.provisioning import Store, datasources, providers
from config.outputs import InfluxdbOutput
from config.settings import Settings

LANGUAGES: tuple[Language, ...] = ("promql", "influxql")
MOUNTED = "/etc/grafana/dashboards"
"""Where Grafana finds the dashboards unless told."""
_MADE: Mapping[Language, Mapping[str, Callable[[Names], Dashboard]]] = {
    "promql": {"estate": estate, "circuit": circuit, "carrier": carrier, "claims": claims, "itself": itself},
    "influxql": {
        "estate": influxql_estate,
        "circuit": influxql_circuit,
        "carrier": influxql_carrier,
        "claims": influxql_claims,
        "itself": influxql_itself,
    },
}


def boards(language: Language, names: Names = GENERIC) -> dict[str, Dashboard]:
    """The dashboards of a language by their file's name."""
    return {name: make(names) for name, make in _MADE[language].items()}


def files(
    languages: Sequence[Language] = LANGUAGES,
    names: Names = GENERIC,
    store: Store = Store(),  # noqa: B008 - frozen
    mounted: str = MOUNTED,
) -> dict[str, str]:
    """Text by path below the folder that is written."""
    made = {
        "dashboards.yml": providers(mounted, languages),
        "datasources/linkledger.yml": datasources(languages, store),
    }
    if "promql" in languages:
        made["dashboards/promql/.lint"] = _lint(names)
    for language in languages:
        for name, board in boards(language, names).items():
            text = json.dumps(as_json(board), indent=1, ensure_ascii=False)
            made[f"dashboards/{language}/{name}.json"] = text + "\n"
    return made


def _lint(names: Names) -> str:
    """What Grafana's dashboard-linter is to leave out beside these files, and why."""
    titles = [board.title for name, board in boards("promql", names).items() if name != "itself"]
    lines = ["exclusions:"]
    for rule in ("template-job-rule", "template-instance-rule", "target-job-rule", "target-instance-rule"):
        lines += [
            f"  {rule}:",
            "    reason: A circuit is known by its site and carrier, not by who measures it.",
        ]
        lines += ["    entries:", *(f'      - dashboard: "{title}"' for title in titles)]
    return "\n".join(lines) + "\n"


def names_of(settings: Settings) -> Names:
    """What a configuration adds: carriers' names, the page's address, how often is measured."""
    slowest = max(
        (
            probe.options.every.ms
            for circuit in settings.circuits.values()
            for probe in circuit.probes.values()
        ),
        default=60_000,
    )
    return Names(
        {key: carrier.name for key, carrier in settings.carriers.items()},
        (settings.web.url or "").rstrip("/"),
        f"{-(-slowest // 1000)}s",
    )


def store_of(settings: Settings) -> Store:
    """The first output that answers InfluxQL; Grafana takes its secret from the environment, not from us."""
    for output in settings.outputs.influxdb.values():
        if output.api != "victoriametrics":
            return _store(output)
    return Store()


def _store(output: InfluxdbOutput) -> Store:
    if output.username:
        return Store(output.url, output.bucket, "$__env{INFLUXDB_PASSWORD}", output.username)
    return Store(output.url, output.bucket, "$__env{INFLUXDB_TOKEN}" if output.token else "")
