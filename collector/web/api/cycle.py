"""Goals, actions and contract terms, as a review's pack tells them."""

from __future__ import annotations

from collector.clerk import Desk
from collector.performance.cycle.goals import actions as actions_now
from collector.performance.cycle.goals import goals as goals_now
from collector.performance.cycle.terms import terms as terms_now
from collector.performance.review.as_json import told
from collector.web.api.asking import known
from collector.web.api.endpoint import Answer, Given
from collector.web.api.paging import paged


def goals(desk: Desk, given: Given) -> Answer:
    """Goals in the order in which they were written down."""
    found = goals_now(desk, known(given, "carrier", desk.settings.carriers))
    some = [one for one in found if given["state"] in {None, one.standing}]
    return Answer(paged(some, lambda one: (one.number,), given, told))


def actions(desk: Desk, given: Given) -> Answer:
    """Actions likewise, with their effect once they are done."""
    found = actions_now(desk, known(given, "carrier", desk.settings.carriers))
    some = [one for one in found if given["state"] in {None, "overdue" if one.overdue else one.state}]
    return Answer(paged(some, lambda one: (one.number,), given, told))


def terms(desk: Desk, given: Given) -> Answer:
    """Terms by circuit."""
    carrier = known(given, "carrier", desk.settings.carriers)
    found = [one for one in terms_now(desk) if carrier in {None, one.carrier}]
    return Answer(paged(found, lambda one: (one.circuit,), given, told))
