"""What must hold of a scorecard's weights and tiers: known figures, their units, tiers within reach."""

from __future__ import annotations

from config.draft import Draft
from config.errors import Problems, nearest
from config.reader import Entry
from config.scorecard import FIGURES, RULED, ScorecardSettings, Tier, misfit, unreachable
from config.tree import Map


def check_scorecard(draft: Draft, problems: Problems) -> None:
    """Report weights and rules of figures that there aren't, wrong units, and tiers that nobody can be in."""
    part = draft.scorecard
    if part.model is None:
        return
    _check_weights(part.model, part.entry, problems)
    fit = True
    for name, tier in part.model.tiers.items():
        fit = _check_rules(tier, _inner(part.entry, "tiers", name, "where"), problems) and fit
    if fit:
        for name, taker in unreachable(part.model.tiers):
            place, path = _inner(part.entry, "tiers").at_key(name)
            text = f"nobody can be in it: who keeps its rules keeps those of {taker!r} too, which comes first"
            problems.error(place, path, text)


def _check_weights(model: ScorecardSettings, entry: Entry, problems: Problems) -> None:
    weights = _inner(entry, "weights")
    for name in model.weights:
        if name not in FIGURES:
            text = f"{name!r} is no figure of a scorecard: {nearest(name, FIGURES)}"
            problems.error(*weights.at_key(name), text)
    if all(model.weights.get(name, 1) == 0 for name in FIGURES):
        problems.error(*entry.at_key("weights"), "every figure counts 0: nothing is left for a score")


def _check_rules(tier: Tier, where: Entry, problems: Problems) -> bool:
    """Whether all of a tier's rules can be read."""
    fit = True
    for name, rule in tier.where.items():
        if name not in RULED:
            text = f"{name!r} is no figure of a scorecard: {nearest(name, RULED)}"
            problems.error(*where.at_key(name), text)
        elif text := misfit(name, rule):
            problems.error(*where.at(name), text)
        else:
            continue
        fit = False
    return fit


def _inner(entry: Entry, *keys: str) -> Entry:
    """What stands under these keys; they were read as maps before."""
    for key in keys:
        if not isinstance(entry.map.get(key), Map):
            return entry
        entry = Entry.under(entry.map, key, entry.path)
    return entry
