from __future__ import annotations

import orjson
import pytest

from mendline.verify.check import check
from mendline.verify.limits import Limits
from tests.mendline.verify.story import retold, tell_story, without

STORY = tell_story()
TYPES = [orjson.loads(event.value or b"")["type"] for event in STORY.events]
# A step says nothing that must have been; a release is no duty, and a removal ends the link as well.
NOT_MISSED = {"refresh_advanced", "partition_released"}
CLOSED_ANYWAY = len(TYPES) - 1 - TYPES[::-1].index("device_disconnected")
MISSED = [n for n, type_ in enumerate(TYPES) if type_ not in NOT_MISSED and n != CLOSED_ANYWAY]


def test_sound_log_has_no_violation() -> None:
    assert check(STORY.history(), STORY.ledger, Limits(settled=True)).violations == ()


@pytest.mark.parametrize("offset", MISSED, ids=[f"{offset}-{TYPES[offset]}" for offset in MISSED])
def test_log_that_lacks_an_event_is_not_sound(offset: int) -> None:
    lacking = retold(STORY, without(STORY.events, offset))
    assert not check(lacking, STORY.ledger, Limits(settled=True)).ok


def test_log_is_sound_at_every_event_on_the_way() -> None:
    reports = [check(retold(STORY, STORY.events[:end])) for end in range(len(STORY.events))]
    torn = [len(report.violations) for report in reports if report.rules - {"link-unmade"}]
    assert torn == []
