"""What a measurement is, and what it can't be."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes import PROBES, probe_kind
from probes.model import NO_VIA, Failure, ProbeOptions, Reason, Round, Target, Timing, Via
from probes.values import Duration


def a_round(**changes: Any) -> Round:  # noqa: ANN401
    given = {"series": 1, "at_ms": 0, "every_ms": 1000, "epoch": 0, "sent": 2, "received": 1} | changes
    return Round(**given)


@pytest.mark.parametrize(
    ("sent", "received", "rtts"),
    [
        (2, 1, (41, None)),
        (2, 1, (None, 41)),
        (2, 2, (41, 42)),
        (2, 0, (None, None)),
        (2, 1, ()),  # only the counts are known
        (0, 0, ()),  # nothing could be sent
        (1, 1, (0,)),  # faster than the clock's unit
    ],
)
def test_counts_and_places_that_agree_are_a_round(
    sent: int, received: int, rtts: tuple[int | None, ...]
) -> None:
    assert a_round(sent=sent, received=received, rtts=rtts).received == received


@pytest.mark.parametrize(
    ("sent", "received", "rtts"),
    [
        (1, 2, ()),
        (1, -1, ()),
        (-1, -1, ()),
        (2, 1, (41,)),
        (2, 1, (41, 42)),
        (2, 2, (41, None)),
        (1, 1, (41, None)),
        (0, 0, (None,)),
    ],
)
def test_a_round_that_contradicts_itself_is_refused(
    sent: int, received: int, rtts: tuple[int | None, ...]
) -> None:
    with pytest.raises(ValueError, match=r"received|places"):
        a_round(sent=sent, received=received, rtts=rtts)


@given(st.lists(st.none() | st.integers(min_value=0, max_value=2**40), min_size=1, max_size=50))
def test_any_row_of_places_is_a_round_with_just_its_own_counts(rtts: list[int | None]) -> None:
    received = len(rtts) - rtts.count(None)
    made = a_round(sent=len(rtts), received=received, rtts=tuple(rtts))
    assert made.rtts.count(None) == made.sent - made.received
    for other in {0, received + 1} - {received}:
        with pytest.raises(ValueError, match=r"received|places"):
            a_round(sent=len(rtts), received=other, rtts=tuple(rtts))


def test_a_round_is_good_and_kernel_timed_unless_it_says_otherwise() -> None:
    assert (a_round().reason, a_round().detail, a_round().timing) == (Reason.NONE, "", Timing.KERNEL)


def test_measurements_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        a_round().sent = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Failure(Reason.LOCAL, "x").detail = "y"  # type: ignore[misc]


def test_the_coarsest_clock_of_a_mixed_round_is_the_largest() -> None:
    assert max(Timing) is Timing.MONOTONIC
    assert Timing.KERNEL < Timing.TCP_INFO < Timing.MONOTONIC


def test_the_reasons_are_a_closed_list_of_plain_words() -> None:
    assert " ".join(Reason) == (
        "none timeout refused reset unreachable resolve tls protocol auth mismatch local"
    )


@pytest.mark.parametrize("given", [{"interface": "eth1"}, {"source": "192.0.2.9"}, {"mark": 0}])
def test_a_way_out_is_one_thing_at_least(given: dict[str, Any]) -> None:
    assert Via.model_validate(given).model_dump(exclude_none=True) == given


@pytest.mark.parametrize(
    "given", [{}, {"mark": -1}, {"mark": 2**32}, {"device": "eth1"}, {"interface": None}]
)
def test_a_way_out_that_says_nothing_or_nonsense_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Via.model_validate(given)


def test_no_way_out_in_particular_is_empty_and_the_default() -> None:
    assert NO_VIA.model_dump(exclude_none=True) == {}
    assert Target(1, "192.0.2.1", ProbeOptions()).via is NO_VIA


def test_options_have_defaults_and_refuse_unknown_keys_and_changes() -> None:
    options = ProbeOptions()
    assert (options.every, options.timeout) == (Duration(10_000), Duration(2_000))
    assert options.packets_a_round == 1
    with pytest.raises(ValidationError, match="evry"):
        ProbeOptions.model_validate({"evry": "10s"})
    with pytest.raises(ValidationError, match="frozen"):
        options.every = Duration(1)  # type: ignore[misc]


def test_two_kinds_are_known_and_a_third_is_a_keyerror() -> None:
    assert {"icmp", "tcp"} <= set(PROBES)
    assert issubclass(probe_kind("tcp").options, ProbeOptions)
    with pytest.raises(KeyError):
        probe_kind("pigeon")
