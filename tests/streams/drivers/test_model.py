"""The simulated fleet in virtual time: luck, and what leaves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from schemas.device.outcomes import (
    Accepted,
    Deferred,
    NeedsPairing,
    NewChatLocked,
    NotFound,
    Rejected,
    Uncertain,
)
from streams.drivers.port import Close, Connect, Effect, Outcome
from streams.drivers.simulation.receiving import moment
from tests.streams.drivers.world import BEGIN, D1, World, ask, device_ids, platform_send, send

ROUGH: dict[str, Any] = {"rejected_share": 0.2, "deferred_share": 0.2, "lost_share": 0.2, "answer_lost_share": 0.2}


def fates(world: World, order: list[str]) -> dict[str, list[Outcome]]:
    """Send ten messages on each device, one device after the other."""
    return {name: [world.run(replace(platform_send(), device_id=name)) for _ in range(10)] for name in order}


def kinds(outcomes: dict[str, list[Outcome]]) -> dict[str, list[type]]:
    return {name: [type(outcome) for outcome in each] for name, each in outcomes.items()}


def test_luck_does_not_depend_on_the_order_of_devices() -> None:
    names = device_ids(20)
    forwards = kinds(fates(World("simulated-blind-platform", **ROUGH), names))
    backwards = kinds(fates(World("simulated-blind-platform", **ROUGH), names[::-1]))
    assert forwards == backwards


def test_other_seed_is_other_luck() -> None:
    names = device_ids(20)
    one = kinds(fates(World("simulated-blind-platform", seed=1, **ROUGH), names))
    two = kinds(fates(World("simulated-blind-platform", seed=2, **ROUGH), names))
    assert one != two


def test_same_seed_gives_the_same_ledger() -> None:
    ledgers = []
    for _ in range(2):
        world = World("simulated-blind-platform", **ROUGH)
        fates(world, device_ids(5))
        ledgers.append([(e.at, e.device_id, e.message_id, e.what) for e in world.ledger.entries()])
    assert ledgers[0] == ledgers[1]


def test_connects_do_not_shift_the_luck_of_sends() -> None:
    calm, restless = World(**ROUGH), World(**ROUGH)
    calm.run(Connect(D1, 1))
    for link in (3, 2, 1):
        restless.run(Connect(D1, link))
    assert twenty_fates(calm) == twenty_fates(restless)


def twenty_fates(world: World) -> list[type]:
    return [type(world.run(send(f"m{number}"))) for number in range(20)]


@pytest.mark.parametrize(
    ("share", "outcome", "leaves"),
    [
        ("rejected_share", Rejected, 0),
        ("deferred_share", Deferred, 0),
        ("lost_share", Uncertain, 0),
        ("answer_lost_share", Uncertain, 1),
    ],
)
def test_ledger_tells_what_left_where_the_answer_does_not(share: str, outcome: type, leaves: int) -> None:
    behaviour: dict[str, Any] = {share: 1}
    world = World("simulated-blind-platform", **behaviour)
    assert isinstance(world.run(platform_send()), outcome)
    assert [entry.left for entry in world.ledger.entries()] == [bool(leaves)]


def test_mishaps_come_as_often_as_described() -> None:
    world = World("simulated-blind-platform", answer_lost_share=0.1)
    for number in range(2000):
        world.run(platform_send(f"m{number}"))
    assert 150 < Counter(world.happened())["sent_answer_lost"] < 250


def test_deferral_says_until_when() -> None:
    world = World("simulated-platform", deferred_share=1, deferral_s=30, send_ms=0)
    assert world.run(platform_send()) == Deferred(until=moment(BEGIN + 30), reason="platform_busy")


def test_ask_finds_a_message_only_when_the_report_has_caught_up() -> None:
    world = World("simulated-platform", answer_lost_share=1, report_lag_ms=5000)
    world.run(platform_send())
    early = world.run(ask())
    world.wait(5)
    assert (early, world.run(ask())) == (NotFound(), Accepted(provider_message_id="taken.m"))


def test_ask_tells_a_refusal() -> None:
    world = World("simulated-platform", rejected_share=1)
    rejected = world.run(platform_send())
    assert world.run(ask()) == rejected


def test_unanswered_ask_is_uncertain() -> None:
    world = World("simulated-platform", unanswered_asks_share=1)
    assert world.run(ask()) == Uncertain(reason="no_answer")


def test_blind_platform_answers_no_ask() -> None:
    world = World("simulated-blind-platform")
    world.run(platform_send())
    assert world.run(ask()) == Uncertain(reason="no_answer")


def test_device_forgets_repeats_beyond_what_it_remembers() -> None:
    world = World("simulated-repeatable", remembers=2)
    world.run(Connect(D1, 1))
    for message_id in ("a", "b", "c", "a", "c"):
        world.run(send(message_id))
    assert world.happened()[2:] == ["sent", "sent", "sent", "sent", "repeat_dropped"]


def test_new_chat_lock_holds_new_chats_and_lets_known_ones_through() -> None:
    world = World()
    world.run(Connect(D1, 1))
    world.run(send(to="known"))
    lock(world)
    outcomes = [world.run(send(to=to)) for to in ("new", "known")]
    assert [type(outcome) for outcome in outcomes] == [NewChatLocked, Accepted]


def lock(world: World) -> None:
    """Lock the device's new chats, as the platform does when it sees fit."""
    device = world.simulation._device(world.driver, D1)
    assert device is not None
    device.group = replace(device.group, new_chat_lock_share=1)


def test_new_chat_lock_ends() -> None:
    world = World(new_chat_lock_share=1, new_chat_lock_s=60)
    world.run(Connect(D1, 1))
    world.run(send(to="new"))
    lock_free(world)
    world.wait(61)
    assert isinstance(world.run(send(to="new")), Accepted)


def lock_free(world: World) -> None:
    """Let no further lock begin."""
    device = world.simulation._device(world.driver, D1)
    assert device is not None
    device.group = replace(device.group, new_chat_lock_share=1e-12)


def test_send_over_which_the_link_drops_is_uncertain_and_left_or_not() -> None:
    world = World(drop_share=1)
    for number in range(40):
        world.run(Connect(D1, number))
        assert world.run(send(link=number)) == Uncertain(reason="link_dropped")
    sends = Counter(entry.what for entry in world.ledger.entries() if entry.message_id)
    assert sends.keys() == {"lost", "sent_answer_lost"}


def test_sends_under_way_are_uncertain_when_their_link_is_closed() -> None:
    world = World(send_ms=30_000)
    world.run(Connect(D1, 1))
    under_way = world.start(send())
    world.run(Close(D1, 1))
    assert under_way == [Uncertain(reason="link_closed")]


def test_send_on_a_dead_link_is_a_fact_in_the_ledger() -> None:
    world = World()
    world.run(send(link=7))
    [entry] = world.ledger.entries()
    assert (entry.what, entry.link, entry.message_id) == ("not_connected", 7, "m")


def test_send_while_connecting_does_not_leave() -> None:
    world = World(connect_ms=1000)
    world.start(Connect(D1, 1))
    world.run(send())
    assert world.happened() == ["connecting", "not_connected"]


@pytest.mark.parametrize(
    ("effect", "outcome"),
    [
        (send(device_id="x"), Rejected(reason="unknown_device")),
        (replace(ask(), device_id="x"), NotFound()),
        (Connect("x", 1), NeedsPairing(reason="unknown_device")),
        (Close("x", 1), None),
    ],
)
def test_device_that_no_group_describes_is_refused(effect: Effect, outcome: Outcome) -> None:
    assert World().run(effect) == outcome


def test_error_of_one_callback_costs_no_other_its_answer() -> None:
    world = World("simulated-blind-platform", send_ms=1)
    world.simulation.start(world.session, platform_send("a"), raising, world.now)
    answers = world.start(platform_send("b"))
    world.now += 1
    with pytest.raises(ExceptionGroup, match="must not raise"):
        world.simulation.advance(world.now)
    assert answers == [Accepted(provider_message_id="taken.b")]


def raising(outcome: Outcome) -> None:
    raise RuntimeError


def test_answer_is_never_given_within_start() -> None:
    world = World(send_ms=0)
    assert world.start(send()) == []
