from __future__ import annotations

import json
from collections import Counter

from mendline.demo.clients import client_ids, creations
from schemas.device.check import parse_request


def test_every_client_is_asked_for_three_times() -> None:
    keys = Counter(json.loads(line)["key"] for line in creations(20, "2026-11-23T00:00:00Z"))
    assert keys == Counter(dict.fromkeys(client_ids(20), 3))


def test_every_request_is_one_and_every_tenth_wants_anothers_email() -> None:
    events = [json.loads(line)["event"] for line in creations(20, "2026-11-23T00:00:00Z")][:20]
    assert [parse_request(event["type"], event["data"]).type for event in events] == ["client_creation_requested"] * 20
    assert len({event["data"]["email"] for event in events}) == 18
