"""What Wablas's answer to a send means (docs/drivers/wablas.md has the table)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from schemas.device.outcomes import Accepted, Deferred, NotConnected, Rejected, SendOutcome, Uncertain
from streams.drivers.exchange import Answer

LATER = timedelta(seconds=60)
LONGEST = timedelta(hours=1)
LONGEST_REASON = 300
YES = (True, "true", "success")
NO = (False, "false", "error", "failed")
STOPPED = ("cancel", "canceled", "cancelled", "rejected", "failed")
TOO_FAST = re.compile(r"\brate\b|overlimit|too many", re.IGNORECASE)
OF_THE_ACCOUNT = re.compile(
    r"token|secret|authori[sz]|whitelist|\bip\b|quota|(device|account|package|subscription)\b.*(connect|expire)",
    re.IGNORECASE,
)
"""What concerns every message of the device, and not this one: it waits for a person."""


def outcome_of(answer: Answer, at: datetime) -> SendOutcome:
    """What came of a send; whatever is not plainly a yes or a no is uncertain."""
    status = answer.status
    if status == 429 or (status == 503 and answer.retry_after is not None):
        return Deferred(until=at + wait_of(answer.retry_after, at), reason=f"HTTP {status}")
    said = said_in(answer.body)
    if status in (303, 408) or status >= 500:  # 303 answers what was done, elsewhere
        return Uncertain(reason=in_words(f"HTTP {status}", said))
    if 200 <= status < 300:
        return _spoken(said, at) if said else Uncertain(reason=f"HTTP {status}: not an answer of Wablas")
    if said is None or status in (401, 403, 404, 405) or status < 400:
        return NotConnected(reason=in_words(f"HTTP {status}: are url and token of the credential right?", said))
    return refusal(in_words(f"HTTP {status}", said), at)


def _spoken(said: Mapping[str, Any], at: datetime) -> SendOutcome:
    match said.get("status"):
        case bool() | str() as status if status in YES:
            return _taken(said)
        case bool() | str() as status if status in NO:
            return refusal(in_words("", said), at)
        case _:
            return Uncertain(reason=in_words("neither taken nor refused", said))


def _taken(said: Mapping[str, Any]) -> SendOutcome:
    first = next(items_of(said.get("data")), {})
    if first.get("status") in STOPPED:
        return Rejected(reason=str(first["status"]))
    return Accepted(provider_message_id=id_of(first))


def refusal(reason: str, at: datetime) -> SendOutcome:
    """What a no means: that it came too fast, that the account is not let in, or that this message is not taken."""
    if TOO_FAST.search(reason):
        return Deferred(until=at + LATER, reason=reason)
    if OF_THE_ACCOUNT.search(reason):
        return NotConnected(reason=reason)
    return Rejected(reason=reason)


def said_in(body: bytes) -> Mapping[str, Any] | None:
    """The JSON object in an answer, whatever its content type; the names of its fields in lower case."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return {name.lower(): value for name, value in said.items()} if isinstance(said, dict) else None


def items_of(data: Any) -> Iterator[Mapping[str, Any]]:
    """The messages that an answer tells of: `data` is a list of them, or has one, or is one."""
    if isinstance(data, dict) and not isinstance(data.get("messages"), list | dict):
        yield data
    elif isinstance(data, dict):
        yield from items_of(data["messages"])
    elif isinstance(data, list):
        yield from (item for item in data if isinstance(item, dict))


def id_of(item: Mapping[str, Any]) -> str | None:
    """Wablas's own id of a message."""
    found = item.get("id")
    return str(found)[:LONGEST_REASON] if isinstance(found, str | int) and not isinstance(found, bool) else None


def in_words(begin: str, said: Mapping[str, Any] | None) -> str:
    """`begin`, and what Wablas says beside."""
    words = said.get("message") or said.get("reason") or said.get("error") if said else None
    told = words if isinstance(words, str) else "no reason given" if not begin else ""
    return ": ".join(filter(None, (begin, told)))[:LONGEST_REASON]


def wait_of(retry_after: str | None, at: datetime) -> timedelta:
    """How long to wait: what Retry-After says in seconds or as a date (RFC 9110, 10.2.3), within reason."""
    if retry_after is None:
        return LATER
    try:
        asked = timedelta(seconds=int(retry_after)) if retry_after.isdecimal() else _date(retry_after) - at
    except (ValueError, OverflowError):
        return LATER
    return min(max(asked, timedelta(seconds=1)), LONGEST)


def _date(value: str) -> datetime:
    date = parsedate_to_datetime(value)
    return date if date.tzinfo else date.replace(tzinfo=UTC)
