"""What a notice says of a circuit and of a broken promise, from configuration and figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collector.notices.notice import About, BreachFacts
from collector.sla.calendar import local_day
from collector.sla.figures import Figures, ObjectiveFigure
from config.objectives import Objective
from config.settings import Settings, Standing


def about(settings: Settings, name: str, standing: Standing) -> About:
    """A circuit and whom to call about it, by its facts of today."""
    circuit, carrier = settings.circuits[name], settings.carriers[standing.carrier]
    return About(
        site=circuit.site,
        timezone=settings.sites[circuit.site].timezone,
        circuit=name,
        carrier=standing.carrier,
        carrier_name=carrier.name,
        carrier_id=circuit.carrier_id or "",
        account=carrier.account or "",
        contract=standing.contract or "",
        phone=carrier.noc.phone or "",
        mail=carrier.noc.mail or "",
        portal=carrier.noc.portal or "",
        ruled_out=ruled_out(settings, name),
        page=(settings.web.url or "").rstrip("/"),
    )


def ruled_out(settings: Settings, name: str) -> str:
    """What shows that a silence of the circuit was not our own: without a witness it would be unknown."""
    references = settings.sites[settings.circuits[name].site].reference
    ours = [one for one in references or () if one.owner == "ours" and name in (one.covers or (name,))]
    names = ", ".join(one.probe.address for one in ours)
    if not ours:
        return "nothing: the site has no reference of ours, so our own network may be the cause"
    return (
        f"our own network: {'our reference' if len(ours) == 1 else 'one of our references'} {names} answered"
    )


def breaches(settings: Settings, figures: Iterable[Figures]) -> Mapping[str, list[BreachFacts]]:
    """What is breached of each circuit's running period."""
    found: dict[str, list[BreachFacts]] = {}
    for one in figures:
        promised = _objectives(settings, one)
        broken = [_breach(one, figure, promised) for figure in one.objectives if figure.violated]
        if broken:
            found[one.circuit] = broken
    return found


def _objectives(settings: Settings, figures: Figures) -> Mapping[str, Objective]:
    """The contract's objectives as they stand; none when a reload took it away."""
    contract, circuit = settings.contracts.get(figures.contract), settings.circuits.get(figures.circuit)
    if contract is None or circuit is None:
        return {}
    terms = contract.terms_on(local_day(figures.as_of_ms, settings.sites[circuit.site].timezone))
    return terms.objectives.by_name() if terms.objectives else {}


def _breach(figures: Figures, figure: ObjectiveFigure, promised: Mapping[str, Objective]) -> BreachFacts:
    objective = promised.get(figure.objective)
    return BreachFacts(
        contract=figures.contract,
        period=figures.period,
        objective=figure.objective,
        target=str(objective.target) if objective and objective.target else "",
        measured=_shown(figure),
        clause=(objective and objective.clause) or "",
        final=figure.certain,
    )


def _shown(figure: ObjectiveFigure) -> str:
    """A figure as contracts speak of it: per cent, milliseconds, seconds, or a plain score."""
    if figure.measured is None:
        return "none"
    if figure.metric.endswith("_ratio"):
        return f"{100 * figure.measured:.6f}%"
    if figure.metric == "mos":
        return f"{figure.measured:.3f}"
    if figure.metric == "repair_seconds":
        return f"{figure.measured:.0f} s"
    return f"{1000 * figure.measured:.3f} ms"
