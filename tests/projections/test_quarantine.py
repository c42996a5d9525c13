"""A stream that cannot be followed is set aside, and everything else goes on."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from projections.catalogue import READ_MODELS
from projections.devices import DEVICES
from projections.read_model import ReadModel, Recorded, Rows
from schemas.device.lifecycle import DeviceChanged
from schemas.device.sends import SendExpired
from tests.projections.events import REGISTERED, attempted, linking, of, queued, send
from tests.projections.histories import history
from tests.projections.projecting import columns, content, project, rows_of
from tests.projections.written_log import TOPIC, claimed

WANTED = ("projection", "stream_id", "position", "held_back")
CHANGED = DeviceChanged(name="new", pace_min_s=0, pace_max_s=0)


@pytest.mark.parametrize("batch", [1, 3, 100])
async def test_a_stream_with_an_unknown_event_is_held_back_and_others_go_on(database: str, batch: int) -> None:
    log = claimed()
    log.add_all("bad", REGISTERED, *linking())
    log.unknown("bad", "device_levitated")
    log.add_all("good", REGISTERED)
    log.add_all("bad", CHANGED, CHANGED)
    log.add_all("good", CHANGED)
    await project(database, log, batch=batch)
    assert columns(database, "devices", "device_id", "name") == [("bad", "Front desk"), ("good", "new")]
    held_back = {m.name: 2 if DeviceChanged in m.takes else 0 for m in READ_MODELS}
    assert columns(database, "quarantine", *WANTED) == [(m, "bad", 5, n) for m, n in sorted(held_back.items())]


async def test_broken_data_of_an_event_concern_only_those_who_take_it(database: str) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED)
    log.unknown("d-1", "refresh_started", b'{"refresh": -1}')
    log.add("d-1", queued(1))
    await project(database, log)
    assert columns(database, "quarantine", *WANTED) == [("devices", "d-1", 2, 1), ("refreshes", "d-1", 2, 0)]
    assert columns(database, "sends", "request") == [(1,)]


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
async def test_a_read_model_folded_alone_is_what_it_is_among_all(
    database: str, other_database: str, model: ReadModel[Any]
) -> None:
    log = history(5, 0, records=500)
    await project(database, log)
    await project(other_database, log, models=[model], batch=70)
    assert content(other_database)[model.name] == content(database)[model.name]
    alone, among = (
        [r for r in rows_of(d, "quarantine") if r["projection"] == model.name] for d in (other_database, database)
    )
    assert alone == among


async def test_the_quarantine_says_what_is_wrong_without_the_data(database: str) -> None:
    log = claimed()
    log.unknown("d-1", "send_expired", b'{"request": "secret", "request_id": "r-1"}')
    await project(database, log, models=[DEVICES])
    (row,) = rows_of(database, "quarantine")
    reason = row.pop("reason")
    assert "broken data: request: " in reason
    assert "secret" not in reason
    assert row == {
        "projection": "devices",
        "topic": TOPIC,
        "partition": 0,
        "stream_id": "d-1",
        "position": 1,
        "type": "send_expired",
        "held_back": 0,
    }


@pytest.mark.parametrize("batch", [1, 100])
async def test_the_end_of_a_claim_ends_the_links_of_held_streams_too(database: str, batch: int) -> None:
    log = claimed()
    log.add_all("bad", REGISTERED, *linking())
    log.unknown("bad")
    log.unknown("(partition)")
    log.claim()
    await project(database, log, batch=batch)
    assert columns(database, "devices", "state") == [("disconnected",)]
    assert columns(database, "connections", "why") == [("claimed",)]


@pytest.mark.parametrize("batch", [1, 100])
async def test_a_read_model_that_fails_holds_back_its_own_stream_only(database: str, batch: int) -> None:
    log = claimed()
    log.add_all("bad", REGISTERED, CHANGED, CHANGED, CHANGED)
    log.add("good", REGISTERED)
    await project(database, log, models=[_failing_at(2), *READ_MODELS[1:]], batch=batch)
    assert columns(database, "devices", "device_id", "name") == [("bad", "Front desk"), ("good", "Front desk")]
    assert columns(database, "quarantine", *WANTED, "reason") == [("devices", "bad", 2, 2, "RuntimeError: planted")]


@pytest.mark.parametrize("batch", [1, 4, 100])
async def test_what_postgres_cannot_store_is_found_among_many(database: str, batch: int) -> None:
    log = claimed()
    log.add_all("good", REGISTERED, queued(1))
    log.add("bad", attempted(2**63, send=send()))
    log.add_all("good", queued(3), of(3, SendExpired))
    log.add_all("bad", queued(4))
    await project(database, log, batch=batch)
    assert columns(database, "sends", "request", "state") == [(1, "waiting"), (3, "expired")]
    assert columns(database, "quarantine", *WANTED) == [("sends", "bad", 3, 1)]


async def test_a_stream_stays_held_back_after_a_restart(database: str) -> None:
    log = claimed()
    log.unknown("bad")
    await project(database, log, models=[DEVICES])
    log.add("bad", REGISTERED)
    await project(database, log, models=[DEVICES])
    assert rows_of(database, "devices") == []
    assert columns(database, "quarantine", "held_back") == [(1,)]


def _failing_at(offset: int) -> ReadModel[Any]:
    def fold(rows: Rows[Any], record: Recorded) -> None:
        if record.offset == offset:
            raise RuntimeError("planted")
        DEVICES.fold(rows, record)

    return dataclasses.replace(DEVICES, fold=fold)
