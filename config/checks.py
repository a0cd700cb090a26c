"""What must hold over the whole configuration, beside names: the host's place, witnesses, who may call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from config.bought import check_bought
from config.coverage import first_days, uncovered
from config.draft import CircuitPart, Draft, SitePart, by_site
from config.errors import Problems, nearest
from config.feeds import check_feeds
from config.fields import listen_address
from config.kpi_checks import check_kpis
from config.output_checks import check_outputs, check_reports
from config.room import check_room
from config.scorecard_checks import check_scorecard

_SHOWN = 10
"""So many circuits without a contract are named one by one."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where this host stands: `asked` is `--site`, `host` its name."""

    host: str
    asked: str | None = None


ANYWHERE = "*"
"""Asked for as the site by what measures nothing: any one that has circuits will do."""


def check_whole(draft: Draft, here: Here, problems: Problems) -> str:
    """Report what doesn't fit together; returns this host's site, or "" when it isn't known."""
    site = _find_site(draft, here, problems)
    _check_circuits_here(draft, site, problems)
    _check_contractless(draft, problems)
    check_feeds(draft, problems)
    circuits = by_site(draft.circuits)
    for name, part in draft.sites.items():
        _check_witnesses(part, circuits.get(name, {}), problems)
    _check_web(draft, problems)
    check_room(draft, site, problems)
    check_outputs(draft, problems)
    check_reports(draft, problems)
    check_kpis(draft, problems)
    check_scorecard(draft, problems)
    check_bought(draft, problems)
    return site


def _check_circuits_here(draft: Draft, site: str, problems: Problems) -> None:
    if not draft.root.map.get("circuits"):
        if "circuits" in draft.root.map and problems.has_errors:
            return  # there were some, in a table, and each was refused
        problems.error(*draft.root.at_key("circuits"), "'circuits' is required: what is measured")
        return
    words = {circuit.word("site") for circuit in draft.circuits.values()}
    if site and words and site not in words and words <= draft.sites.keys():  # else one of them may be meant
        text = f"no circuit stands at this host's site {site!r}: there would be nothing to measure"
        problems.error(*draft.sites[site].entry.here, text)


def _find_site(draft: Draft, here: Here, problems: Problems) -> str:
    root, known = draft.root.map, draft.sites
    if here.asked == ANYWHERE:
        return next(
            (str(one.word("site")) for one in draft.circuits.values() if one.word("site") in known), ""
        )
    if here.asked is not None:
        if here.asked in known:
            return here.asked
        text = f"--site {here.asked}: {nearest(here.asked, known)}"
        problems.error(draft.root.place, ("sites",), text)
        return ""
    word = root.get("site")
    if word is not None:
        if isinstance(word, str | int) and str(word) in known:
            return str(word)
        text = f"{str(word)!r} is not in `sites`: {nearest(str(word), known)}"
        problems.error(root.value_place("site"), ("site",), text)
        return ""
    return _site_of_host(draft, here.host, problems)


def _site_of_host(draft: Draft, host: str, problems: Problems) -> str:
    """The site that has this host's name in `hosts`, with or without its domain."""
    found = [
        name
        for name, part in draft.sites.items()
        if part.model and any(is_same_host(host, one) for one in part.model.hosts)
    ]
    if len(found) == 1:
        return found[0]
    if not draft.root.map.get("sites"):
        problems.error(draft.root.place, ("sites",), "'sites' is required: the circuits name some")
    elif found:
        both = " and ".join(found)
        text = f"{both} have this host {host!r} in `hosts`: write `site: {found[0]}` at the top"
        problems.error(*draft.root.at_key("sites"), text)
    elif draft.sites:
        first = next(iter(draft.sites))
        text = f"no site has this host {host!r} in `hosts`: put it there, or write `site: {first}` at the top"
        problems.error(*draft.root.at_key("sites"), text)
    return ""


def is_same_host(one: str, other: str) -> bool:
    """Whether two names are one host's, perhaps with the domain left out of one of them."""
    one, other = one.lower(), other.lower()
    return one == other or one.partition(".")[0] == other or other.partition(".")[0] == one


def _check_contractless(draft: Draft, problems: Problems) -> None:
    without = [part for part in draft.circuits.values() if part.entry.map.get("contract") is None]
    for part in without[:_SHOWN]:
        problems.warn(*part.entry.here, "has no contract: it is measured, not judged")
    if len(without) > _SHOWN:
        text = f"{len(without) - _SHOWN} more circuits have no contract: they are measured, not judged"
        problems.warn(*draft.root.at_key("circuits"), text)
    begins = first_days({name: part.model for name, part in draft.contracts.items() if part.model})
    for part in draft.circuits.values():
        for gap in uncovered(part.model, begins) if part.model else ():
            problems.warn(*part.entry.at("contract"), str(gap))


def _check_witnesses(site: SitePart, circuits: Mapping[str, CircuitPart], problems: Problems) -> None:
    """Without an answer of ours a failure is unknown; some circuit may have nobody who could answer."""
    if site.references is None or not circuits:
        return
    ours = [part for part in site.references if part.word("owner") == "ours"]
    if not ours:
        text = (
            "has no reference of ours: its outages will be unknown, as nobody can tell whose fault they are; "
            "add reference: [{icmp: gateway, owner: ours}], or reference: none to count them all the same"
        )
        problems.warn(site.entry.place, (*site.entry.path, "reference"), text)
        return
    covered = {str(name) for part in ours for name in part.entry.map.get("covers") or circuits}
    if left := [name for name in circuits if name not in covered]:
        text = f"no reference of ours covers {', '.join(left[:_SHOWN])}: outages there will be unknown"
        problems.warn(*site.entry.at_key("reference"), text)


def _check_web(draft: Draft, problems: Problems) -> None:
    web, entry = draft.web.model, draft.web.entry
    if web is None:
        return
    if web.config_file is not None and not web.config_file.is_file():
        text = f"there is no file {web.config_file}"
        problems.error(*entry.at("config_file"), text)
    if not web.public and web.config_file is None and not is_loopback(web.listen):
        text = (
            f"{web.listen} can be reached from outside, and nothing asks who calls: name a config_file "
            "with basic_auth_users, or say public: true"
        )
        problems.error(*entry.at("listen"), text)


def is_loopback(listen: str) -> bool:
    """Whether an address and port can be reached from this host alone."""
    host, _ = listen_address(listen)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
