"""The rules a log is held to, each by the name under which a violation is reported."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """What must hold; `docs/auditing.md` explains each."""

    FATE_MISSING = "fate-missing"
    FATE_TWICE = "fate-twice"
    FATE_UNASKED = "fate-unasked"
    FATE_SUBJECT = "fate-subject"
    FATE_KIND = "fate-kind"
    FATE_CONTENT = "fate-content"
    DECISION_TORN = "decision-torn"
    UNSETTLED = "unsettled"

    CLAIM_GENERATION = "claim-generation"
    CLAIM_REUSED = "claim-reused"
    CLAIM_CONTINUED = "claim-continued"
    CLAIM_RELEASED = "claim-released"
    CLAIM_FOREIGN = "claim-foreign"

    EVENT_UNKNOWN = "event-unknown"
    EVENT_UNREADABLE = "event-unreadable"
    EVENT_KEY = "event-key"
    EVENT_PARTITION = "event-partition"

    DEVICE_ABSENT = "device-absent"
    DEVICE_TWICE = "device-twice"
    DEVICE_PARKED = "device-parked"

    PAIRING_TWICE = "pairing-twice"
    PAIRING_NOT_OPEN = "pairing-not-open"

    PLATFORM_REFRESHED = "platform-refreshed"
    REFRESH_TWICE = "refresh-twice"
    REFRESH_NUMBER = "refresh-number"
    REFRESH_NOT_OPEN = "refresh-not-open"
    LINK_TWICE = "link-twice"
    LINK_UNMADE = "link-unmade"
    LINK_KEPT = "link-kept"
    LINK_UNKNOWN = "link-unknown"

    ATTEMPT_TWICE = "attempt-twice"
    ATTEMPT_NUMBER = "attempt-number"
    ATTEMPT_LINK = "attempt-link"
    ATTEMPT_EARLY = "attempt-early"
    ATTEMPT_LATE = "attempt-late"
    ATTEMPT_ORDER = "attempt-order"
    ATTEMPT_NEW_CHAT = "attempt-new-chat"
    ATTEMPT_NOT_WAITING = "attempt-not-waiting"
    ATTEMPT_CANCELLED = "attempt-cancelled"
    ATTEMPT_LIMIT = "attempt-limit"
    ATTEMPT_MESSAGE_ID = "attempt-message-id"

    OUTCOME_UNMATCHED = "outcome-unmatched"
    OUTCOME_FORGOTTEN = "outcome-forgotten"
    RECONCILING_UNTIL = "reconciling-until"
    EXPIRY_EARLY = "expiry-early"
    ENDED_NOT_WAITING = "ended-not-waiting"

    REPEAT_SENT = "repeat-sent"
    REPEAT_UNKNOWN = "repeat-unknown"
    REPEAT_CONTENT = "repeat-content"
    REPEAT_REFUSED = "repeat-refused"

    CONNECTION_TWICE = "connection-twice"
    CONNECTION_NOT_LIVE = "connection-not-live"
    NODE_LOST = "node-lost"

    EFFECT_UNINTENDED = "effect-unintended"
    EFFECT_TWICE = "effect-twice"
    EFFECT_MISSING = "effect-missing"
    EFFECT_DENIED = "effect-denied"
    EFFECT_ORDER = "effect-order"
    CONNECT_UNINTENDED = "connect-unintended"
    CONNECT_TWICE = "connect-twice"
    LINKS_OVERLAP = "links-overlap"


LEDGER_RULES = tuple(rule for rule in Rule if rule.value.startswith(("effect-", "connect-", "links-")))
