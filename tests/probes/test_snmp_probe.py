"""Polls of a simulated agent whose interfaces move, vanish, restart and wrap."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from probes.model import NO_VIA, Failure, Outcome, Reason, Slot, Target, Via
from probes.snmp.ber import octets
from probes.snmp.credentials import Credentials
from probes.snmp.interfaces import NAMES
from probes.snmp.options import SnmpOptions
from probes.snmp.probe import SnmpProbe
from tests.clock import FakeClock
from tests.probes.snmp_polls import SOON_SECONDS, polling, round_of, samples
from tests.servers.snmp_agent import Agent, counter, truncated

TEXT = {"where": {"oid": "1.3.6.1.2.1.1.6.0", "type": "text"}}


def went_well(outcome: Outcome) -> None:
    """One question, one answer, nothing to say."""
    one = round_of(outcome)
    assert (one.sent, one.received, len(one.rtts), one.reason, one.detail) == (1, 1, 1, Reason.NONE, "")


async def test_the_first_poll_gives_what_the_agent_counts(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        outcome = await polls.poll()
        went_well(outcome)
        assert samples(outcome) == {
            "interface": "eth0",
            "if_index": 3,
            "sys_uptime_seconds": 10_000.0,
            "if_receive_bytes_total": 5_000_000_000,
            "if_transmit_bytes_total": 1_000,
            "if_receive_errors_total": 7,
            "if_transmit_errors_total": 0,
            "if_receive_discards_total": 1,
            "if_transmit_discards_total": 2,
            "if_speed_bytes_per_second": 12_500_000,
            "if_oper_status": 1,
            "if_admin_status": 1,
        }


async def test_the_second_poll_knows_how_much_of_the_line_was_used(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        await polls.pass_time()
        polls.agent.port_of(3, "eth0", ifHCInOctets=5_000_000_000 + 75_000_000, ifHCOutOctets=1_000 + 750_000)
        outcome = await polls.poll()
        went_well(outcome)
        assert samples(outcome)["if_receive_utilisation_ratio"] == pytest.approx(0.1)
        assert samples(outcome)["if_transmit_utilisation_ratio"] == pytest.approx(0.001)


@pytest.mark.parametrize("name", ["eth0", "Ethernet zero", "to the carrier"])
async def test_an_interface_is_found_by_each_of_its_names(clock: FakeClock, name: str) -> None:
    async with polling(clock) as polls:
        polls.agent.port_of(3, "eth0", descr="Ethernet zero", alias="to the carrier")
        outcome = await polls.poll(name)
        went_well(outcome)
        assert samples(outcome)["interface"] == name


async def test_the_table_is_read_once_for_all_series_of_an_agent(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        for index in range(10, 14):
            polls.agent.port_of(index, f"eth{index}", ifHCInOctets=index)
        for index in range(10, 14):
            went_well(await polls.poll(f"eth{index}", series=index))
        walked = [question for question in polls.agent.asked if question.second]
        assert len(walked) <= len(NAMES) + 1
        before = len(polls.agent.asked)
        await polls.pass_time()
        await polls.poll("eth10", series=10)
        assert len(polls.agent.asked) == before + 1


async def test_a_32_bit_counter_goes_on_over_its_wrap(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        polls.agent.drop(3, "ifHCInOctets", "ifHCOutOctets")
        polls.agent.port_of(3, "eth0", ifInOctets=2**32 - 100)
        await polls.poll()
        await polls.pass_time()
        polls.agent.port_of(3, "eth0", ifInOctets=900)
        outcome = await polls.poll()
        went_well(outcome)
        assert samples(outcome)["if_receive_bytes_total"] == 2**32 + 900
        assert samples(outcome)["if_receive_utilisation_ratio"] == pytest.approx(1_000 * 8 / 60 / 1e8)


async def test_a_restart_shows_as_a_reset_and_no_spike(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        polls.ticks = 0
        await polls.pass_time(agent_seconds=20)
        polls.agent.port_of(3, "eth0", ifHCInOctets=500)
        outcome = await polls.poll()
        assert round_of(outcome).reason is Reason.NONE
        assert "the agent restarted (sysUpTime went from 10000 s to 20 s in 60 s)" in round_of(outcome).detail
        assert samples(outcome)["if_receive_bytes_total"] == 500
        assert "if_receive_utilisation_ratio" not in samples(outcome)


async def test_sysuptime_that_wraps_is_no_restart(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        polls.ticks = 2**32 - 100
        polls.agent.uptime(polls.ticks)
        await polls.poll()
        await polls.pass_time()
        outcome = await polls.poll()
        went_well(outcome)
        assert samples(outcome)["if_receive_utilisation_ratio"] == 0.0


async def test_an_ifindex_that_moved_is_followed_within_the_poll(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        await polls.pass_time()
        polls.agent.port_of(3, "eth1", ifHCInOctets=9_999_999_999_999)
        polls.agent.port_of(8, "eth0", ifHCInOctets=5_000_000_100)
        outcome = await polls.poll()
        assert round_of(outcome).detail == "this interval is left out: its ifIndex went from 3 to 8"
        assert samples(outcome)["if_receive_bytes_total"] == 5_000_000_100
        assert "if_receive_utilisation_ratio" not in samples(outcome)
        await polls.pass_time()
        polls.agent.port_of(8, "eth0", ifHCInOctets=5_075_000_100, ifSpeed=100_000_000)
        outcome = await polls.poll()
        went_well(outcome)
        assert samples(outcome)["if_receive_utilisation_ratio"] == pytest.approx(0.1)


async def test_an_interface_that_vanished_is_a_mismatch_until_it_is_back(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        await polls.pass_time()
        polls.agent.drop(3)
        polls.agent.port_of(4, "eth1")
        gone = round_of(await polls.poll())
        assert (gone.reason, gone.received, len(gone.rtts)) == (Reason.MISMATCH, 1, 1)
        assert gone.detail == "no interface 'eth0' at the agent; nearest: 'eth1', 'description of eth1'"
        polls.agent.port_of(3, "eth0", ifHCInOctets=77)
        await polls.pass_time()
        back = await polls.poll()
        assert round_of(back).reason is Reason.NONE
        assert round_of(back).detail == "this interval is left out: the interface was gone meanwhile"
        assert samples(back)["if_receive_bytes_total"] == 77


async def test_a_moved_interface_that_counts_elsewhere_makes_no_total_jump(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        await polls.pass_time()
        polls.agent.drop(3)
        polls.agent.port_of(8, "eth0", ifHCInOctets=9 * 10**12, ifSpeed=100_000_000)
        assert samples(await polls.poll())["if_receive_bytes_total"] == 0
        await polls.pass_time()
        polls.agent.port_of(8, "eth0", ifHCInOctets=9 * 10**12 + 77, ifSpeed=100_000_000)
        assert samples(await polls.poll())["if_receive_bytes_total"] == 77


async def test_what_else_is_asked_for_comes_also_without_the_interface(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        polls.agent.cells[1, 3, 6, 1, 2, 1, 1, 6, 0] = octets(b"cellar")
        outcome = await polls.poll("eth9", oids=TEXT)
        assert round_of(outcome).reason is Reason.MISMATCH
        assert samples(outcome) == {"sys_uptime_seconds": 10_000.0, "text:where": "cellar"}


async def test_values_by_number_need_no_interface(clock: FakeClock) -> None:
    cells = {"oid": "1.3.6.1.4.1.99999.1.0", "type": "counter", "unit": "cells"}
    async with polling(clock) as polls:
        polls.agent.cells[1, 3, 6, 1, 4, 1, 99999, 1, 0] = counter(2**32 - 1)
        went_well(await polls.poll(None, oids={"cells": cells}))
        await polls.pass_time()
        polls.agent.cells[1, 3, 6, 1, 4, 1, 99999, 1, 0] = counter(4)
        outcome = await polls.poll(None, oids={"cells": cells})
        went_well(outcome)
        assert samples(outcome)["counter:cells:cells"] == 2**32 + 4


async def test_a_value_that_is_not_there_leaves_the_others(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        outcome = await polls.poll(oids=TEXT)
        assert round_of(outcome).reason is Reason.MISMATCH
        assert round_of(outcome).detail == "not at the agent: where (1.3.6.1.2.1.1.6.0)"
        assert samples(outcome)["if_receive_bytes_total"] == 5_000_000_000


async def test_an_agent_that_says_counters_are_texts_is_against_the_protocol(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        polls.agent.port_of(3, "eth0", ifHCInOctets=octets(b"many"), ifInOctets=octets(b"few"))
        outcome = await polls.poll()
        assert round_of(outcome).reason is Reason.PROTOCOL
        assert "ifHCInOctets is of type 0x04, ifInOctets is of type 0x04" in round_of(outcome).detail
        assert "if_receive_bytes_total" not in samples(outcome)
        assert samples(outcome)["if_transmit_bytes_total"] == 1_000


async def test_an_agent_whose_counters_outrun_the_line_gives_no_spike(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        await polls.pass_time()
        polls.agent.port_of(3, "eth0", ifHCInOctets=10**18)
        outcome = await polls.poll()
        assert "which 100000000 bit/s can't carry" in round_of(outcome).detail
        assert "if_receive_utilisation_ratio" not in samples(outcome)


async def test_an_agent_whose_names_change_at_every_look_is_given_up(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        polls.agent.asked.clear()
        names = itertools.cycle([b"eth1", b"eth0", b"eth1"])  # in the row, in the table, in the row
        polls.agent.cells[*NAMES["ifName"], 3] = lambda: octets(next(names))
        one = round_of(await polls.poll())
        assert (one.received, one.reason) == (1, Reason.MISMATCH)
        assert one.detail == "the agent's interfaces change while they are read"
        assert sum(not question.second for question in polls.agent.asked) == 2


async def test_a_table_in_circles_is_found_out(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        polls.agent._after = lambda oid, count: [((*NAMES["ifName"], 1), octets(b"lo"))]  # type: ignore[method-assign] # the fault
        outcome = await polls.poll()
        assert round_of(outcome).reason is Reason.PROTOCOL
        assert "goes in circles (after 1.3.6.1.2.1.31.1.1.1.1.1)" in round_of(outcome).detail


async def test_a_table_without_an_end_is_given_up(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.snmp.device.MOST_ROWS", 100)

    def endless(oid: tuple[int, ...], count: int) -> list[tuple[tuple[int, ...], bytes]]:
        last = oid[-1] if len(oid) > len(NAMES["ifName"]) else 0
        return [((*NAMES["ifName"], last + one), octets(b"x")) for one in range(1, count + 1)]

    async with polling(clock) as polls:
        polls.agent._after = endless  # type: ignore[method-assign] # the fault
        outcome = await polls.poll()
        assert round_of(outcome).reason is Reason.PROTOCOL
        assert "has no end" in round_of(outcome).detail


async def test_a_table_that_takes_longer_than_a_poll_is_there_for_the_next(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        for index in range(10, 50):
            polls.agent.port_of(index, f"eth{index}")
        polls.agent.faults = [lambda answer: [answer], polls.agent.hold]
        polling_on = asyncio.create_task(polls.poll(series=2))
        while not polls.agent.held:
            await asyncio.sleep(0)
        slow = round_of(await polls.poll(seconds=SOON_SECONDS))
        assert (slow.received, slow.reason) == (1, Reason.PROTOCOL)
        assert slow.detail == "the table of interfaces is still being read, 20 rows so far"
        polls.agent.held.pop()()
        went_well(await polling_on)
        went_well(await polls.poll())


async def test_a_series_whose_address_is_another_agent_now_begins_anew(clock: FakeClock) -> None:
    async with polling(clock) as polls, polling(clock, Agent()) as others:
        others.agent.port_of(3, "eth0", ifHCInOctets=1)
        await polls.poll()
        await polls.pass_time()
        polls.port = others.port
        outcome = await polls.poll()
        went_well(outcome)
        assert samples(outcome)["if_receive_bytes_total"] == 1


async def test_a_name_that_can_not_be_resolved_is_that_rounds_reason(clock: FakeClock) -> None:
    class Nowhere:
        def current(self, address: str, via: Via) -> str | Failure:
            return Failure(Reason.RESOLVE, f"{address}: no address")

        async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
            return self.current(address, via)

    probe = SnmpProbe(clock, Nowhere())
    options = SnmpOptions.model_validate(
        {"credentials": Credentials.model_validate({"version": "2c", "community": "x"}), "interface": "eth0"}
    )
    outcome = await probe.run(Target(1, "nowhere.test", options), Slot(0, 60_000), clock.now().plus(10**9))
    one = round_of(outcome)
    assert (one.sent, one.reason, one.detail) == (0, Reason.RESOLVE, "nowhere.test: no address")
    await probe.aclose()


async def test_an_interface_that_does_not_exist_here_is_a_local_reason(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        options = SnmpOptions.model_validate({"credentials": polls.credentials, "interface": "eth0"})
        target = Target(1, f"127.0.0.1:{polls.port}", options, Via(interface="none0"))
        one = round_of(await polls.probe.run(target, Slot(0, 60_000), clock.now().plus(10**9)))
        assert (one.sent, one.received, one.reason) == (0, 0, Reason.LOCAL)
        assert one.detail.startswith("leaving by interface none0: ")


async def test_the_source_that_a_circuit_leaves_by_is_the_one_the_agent_sees(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        options = SnmpOptions.model_validate({"credentials": polls.credentials, "interface": "eth0"})
        target = Target(1, f"127.0.0.1:{polls.port}", options, Via(source="127.3.2.1"))
        went_well(await polls.probe.run(target, Slot(0, 60_000), clock.now().plus(30 * 10**9)))
        assert polls.agent._last_asker[0] == "127.3.2.1"


async def test_series_that_are_polled_no_more_are_forgotten(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll(series=1)
        await polls.pass_time(30 * 3600)
        await polls.poll(series=2)
        assert set(polls.probe._series) == {2}


async def test_a_half_answer_is_an_answer_that_can_not_be_read(clock: FakeClock) -> None:
    async with polling(clock) as polls:
        await polls.poll()
        polls.agent.faults = [truncated]
        one = round_of(await polls.poll(seconds=SOON_SECONDS))
        assert (one.sent, one.received, one.rtts, one.reason) == (1, 1, (), Reason.PROTOCOL)
        assert one.detail.startswith("answers can't be read: ")
