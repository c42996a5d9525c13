"""One sound history in which everything happens, and ways to retell it with one event missing."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from mendline.verify.history import History, PartitionHistory, RawRecord
from tests.mendline.verify.scribe import Scribe, moment, ready


def tell_story(partition: int = 0, partitions: int = 1) -> Scribe:
    """A device's life: sends of every end, repeats, cancellations, a lock, a park, two claims, a removal."""
    scribe = ready(partition=partition, partitions=partitions)
    _send_and_repeat(scribe)
    _come_back_later(scribe)
    _take_back(scribe)
    _doubt(scribe)
    _lock_new_chats(scribe)
    _change_owners(scribe)
    _park_and_resume(scribe)
    _remove(scribe)
    return scribe


def _send_and_repeat(scribe: Scribe) -> None:
    first = scribe.send("greeting")
    second = scribe.queue("second")
    scribe.accept(first, pace_until=moment(5))
    scribe.at = 5
    scribe.attempt(second)
    scribe.see("rejected", second, 1)
    scribe.outcome("rejected", second)
    again = scribe.ask_send("greeting")
    data = {"request_id": "greeting", "first": first, "settled": True}
    scribe.tell("send_repeated", data, decides=again)


def _come_back_later(scribe: Scribe) -> None:
    held = scribe.send("held")
    scribe.ledger.pop()
    scribe.see("deferred", held, 1)
    scribe.outcome("deferred", held, until=moment(9))
    later = scribe.queue("later", not_before=moment(8))
    scribe.at = 9
    scribe.attempt(held, 2)
    scribe.see("not_connected", held, 2)
    scribe.outcome("returned", held, 2)
    scribe.disconnect()
    scribe.connect()
    scribe.attempt(held, 3)
    scribe.see("sent", held, 3)
    scribe.accept(held, 3)
    scribe.attempt(later)
    scribe.see("sent", later, 1)
    scribe.accept(later)


def _take_back(scribe: Scribe) -> None:
    busy = scribe.send("busy")
    cancelled = scribe.queue("cancelled")
    short = scribe.queue("short", expires_at=moment(20))
    advert = scribe.queue("advert", campaign="spring")
    scribe.accept(busy)
    asked = scribe.ask("send_cancellation_requested", {"request_id": "cancelled"})
    scribe.tell("send_cancelled", scribe.of(cancelled) | {"reason": "asked"}, decides=asked)
    asked = scribe.ask("send_cancellation_requested", {"campaign": "spring"})
    scribe.tell("campaign_cancelled", {"campaign": "spring", "up_to": asked, "sends": 1}, decides=asked)
    scribe.tell("send_cancelled", scribe.of(advert) | {"reason": "campaign_cancelled"})
    scribe.at = 20
    scribe.tell("send_expired", scribe.of(short))


def _doubt(scribe: Scribe) -> None:
    doubtful = scribe.send("doubtful")
    scribe.reconcile(doubtful)
    scribe.see("asked_not_found", doubtful, 1)
    scribe.reconcile(doubtful)
    scribe.see("asked_unanswered", doubtful, 1)
    scribe.outcome("uncertain", doubtful)
    scribe.resolve(doubtful, "send_again")
    scribe.attempt(doubtful, 2)
    scribe.see("sent", doubtful, 2)
    scribe.accept(doubtful, 2)


def _lock_new_chats(scribe: Scribe) -> None:
    unknown = scribe.send("unknown")
    scribe.ledger.pop()
    scribe.see("new_chat_locked", unknown, 1)
    other, known = scribe.queue("other"), scribe.queue("known")
    scribe.outcome("deferred", unknown, reason="new_chat_locked", until=moment(40))
    scribe.attempt(known, known_chat=True)
    scribe.see("sent", known, 1)
    scribe.accept(known)
    scribe.at = 40
    for request, attempt in ((unknown, 2), (other, 1)):
        scribe.attempt(request, attempt)
        scribe.see("sent", request, attempt)
        scribe.accept(request, attempt)


def _change_owners(scribe: Scribe) -> None:
    left_open = scribe.send("left open")
    kept = scribe.link
    scribe.claim("one")
    scribe.link = kept
    scribe.tell("device_connected", {"link": kept, "how": "kept", "jid": None})
    scribe.reconcile(left_open, 2, by="repeat")
    scribe.see("repeat_dropped", left_open, 2)
    scribe.accept(left_open, 2)
    scribe.release()
    scribe.see("closed", link=kept)
    scribe.claim("two")
    asked = scribe.ask("refresh_requested", {})
    scribe.start_refresh(decides=asked)
    joined = scribe.ask("refresh_requested", {})
    scribe.tell("refresh_joined", {"refresh": scribe.refresh}, decides=joined)
    scribe.tell("refresh_advanced", {"refresh": scribe.refresh, "step": "pairing"})
    scribe.see("unreachable", link=scribe.refresh)
    scribe.tell("refresh_failed", {"refresh": scribe.refresh, "outcome": "unreachable", "reason": "gone"})
    scribe.connect()


def _park_and_resume(scribe: Scribe) -> None:
    scribe.park()
    scribe.disconnect(why="parked")
    asked = scribe.ask("device_resume_requested", {})
    scribe.tell("device_resumed", {"why": "asked"}, decides=asked)
    scribe.connect()


def _remove(scribe: Scribe) -> None:
    last = scribe.send("last")
    waiting = scribe.queue("waiting")
    scribe.remove()
    scribe.accept(last)
    scribe.tell("send_cancelled", scribe.of(waiting) | {"reason": "device_removed"})
    scribe.disconnect(why="removed")
    refused = scribe.ask_send("too late")
    scribe.tell("request_refused", {"reason": "unknown_device", "detail": "gone"}, decides=refused)
    scribe.register()


def without(events: Sequence[RawRecord], missing: int) -> list[RawRecord]:
    """The same events but one, as if it had never been appended."""
    return [*events[:missing], *(_moved(event, -1) for event in events[missing + 1 :])]


def _moved(event: RawRecord, by: int) -> RawRecord:
    offset = event.offset + by
    place = {"id": f"device-events/0/{offset}", "sequence": str(offset)}
    return event._replace(offset=offset, value=orjson.dumps(orjson.loads(event.value or b"") | place))


def retold(scribe: Scribe, events: Sequence[RawRecord]) -> History:
    """The history with other events."""
    return History(1, [PartitionHistory(0, scribe.requests, events)])
