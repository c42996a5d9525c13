"""What became of a message, by Wablas's report; "not there" is never read as "not sent"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.device.outcomes import Accepted, NotFound, Rejected, SendOutcome, Uncertain
from streams.drivers.exchange import Answer
from streams.drivers.wablas.answers import NO, STOPPED, id_of, in_words, items_of, said_in

PATH = "/api/report/message"


def found_in(answer: Answer, ref_id: str, attempt: int) -> SendOutcome:
    """What the report says of the message `ref_id`, of which `attempt` attempts were made."""
    said = said_in(answer.body)
    if answer.status != 200 or said is None or said.get("status", True) in NO:
        return Uncertain(reason=in_words(f"report: HTTP {answer.status}", said))
    rows = [row for row in _rows(said) if row.get("ref_id") == ref_id]  # a server may not know the filter
    going = next((row for row in rows if row.get("status") not in STOPPED), None)
    if going is not None:
        return Accepted(provider_message_id=id_of(going))
    if rows and attempt == 1:  # of an attempt before, a stopped one says nothing about the last
        return Rejected(reason=str(rows[0]["status"]))
    return NotFound()


def _rows(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = said.get("message") if isinstance(said.get("message"), list) else said.get("data")
    return list(items_of(listed))
