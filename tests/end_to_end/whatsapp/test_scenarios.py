"""Every scenario's events stand in its device's log, exactly those; and the stand-in's ledger agrees."""

from __future__ import annotations

import pytest

from tests.end_to_end.whatsapp.conftest import SCENARIOS
from tests.end_to_end.whatsapp.scenario import Scenario, in_order
from tests.end_to_end.whatsapp.world import Played

LEAST = 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each.device for each in SCENARIOS])
def test_the_log_tells_what_happened(scenario: Scenario, played: Played) -> None:
    told = played.told[scenario.device]
    places = list(in_order(scenario.expected, told))
    expected, actual = [words for wanted, _ in places for words in wanted], [w for _, found in places for w in found]
    assert actual == expected, "\n".join(["expected:", *expected, "", "the log has:", *told])


def test_there_are_enough_scenarios_each_with_a_device_of_its_own() -> None:
    assert len({each.device for each in SCENARIOS}) == len(SCENARIOS) >= LEAST


def test_the_stand_ins_ledger_agrees_with_the_log_of_all_scenarios(played: Played) -> None:
    accepted = sum(told.count("send_accepted") for told in played.told.values())
    assert played.violations == []
    assert played.left >= accepted
    assert played.ended == 0
