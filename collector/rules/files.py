"""The files for Prometheus and Alertmanager, as text. Pure."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from collector.rules import book, routing
from collector.rules.facts import Facts
from collector.rules.routing import RECEIVERS
from collector.rules.rule import RUNBOOK

RULES, ROUTES, TEMPLATES = "linkledger.rules.yml", "alertmanager.yml", "linkledger.tmpl"
_RULES_HEAD = """\
# Rules for Prometheus and vmalert, made by `linkledger rules`{origin}. Don't edit it: make it again.
# Down and unknown are two things: down is the carrier's as far as a reference of ours can tell, unknown is
# ours to find out. What each alert means and what to do: docs/runbook.md.
"""
_ROUTES_HEAD = """\
# Alertmanager's routes, made by `linkledger rules`{origin}: a beginning.
# NOBODY IS TOLD YET: the receivers below are empty. Put yours under each name, by mail, for one:
#   - name: on-call
#     email_configs:
#       - to: noc@example.com
#         from: linkledger@example.com
#         smarthost: mail.example.com:587
#         send_resolved: true
#         headers: {{subject: '{{{{ template "linkledger.subject" . }}}}'}}
#         text: '{{{{ template "linkledger.text" . }}}}'
# For a phone `linkledger.short` is the text: what, whom to call, and the page to record the ticket on.
"""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, which a person can read; lists where they begin, indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def written(facts: Facts, *, runbook: str = RUNBOOK, config: str = "", hasten: int = 1) -> dict[str, str]:
    """Each file's name and text; `config` is the name of the configuration that the facts are of."""
    origin = f" from {' '.join(config.split())}" if config else " without a configuration"
    return {
        RULES: _RULES_HEAD.format(origin=origin)
        + _dumped(book.document(facts, runbook=runbook, hasten=hasten)),
        ROUTES: _ROUTES_HEAD.format(origin=origin) + _told(_dumped(routing.document(facts))),
        TEMPLATES: (files("collector.rules") / "templates" / TEMPLATES).read_text(encoding="utf-8"),
    }


def _told(routes: str) -> str:
    """The routes with a word beside each empty receiver: what it is told, and that it tells nobody yet."""
    for name, what in RECEIVERS.items():
        routes = routes.replace(f"  - name: {name}\n", f"  - name: {name} # {what}; tells nobody yet\n")
    return routes


def _dumped(value: dict[str, Any]) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return text
